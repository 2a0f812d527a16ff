"""A table of web sessions whose channels, granularity and minutes are known."""

import csv
import datetime
import random
from dataclasses import dataclass
from pathlib import Path

__all__ = ["CASES", "SETTINGS", "Case", "write_sessions"]

SETTINGS = {
    "dataset": "sessions",
    "session_own_hosts": ["shop.example"],
    "lookback_days": None,
}
START = datetime.datetime(2024, 1, 1, 8)
DAY = datetime.timedelta(days=1)
HOUR = datetime.timedelta(hours=1)
MINUTE = datetime.timedelta(minutes=1)
USERS = 400


@dataclass(frozen=True)
class Case:
    """What a session states, and the channel, source and medium to make of it."""

    name: str
    utm: tuple[str, str, str]
    referrer: str
    expected: tuple[str, str, str]
    page: str = "Home"


NO_TAG = ("", "", "")
DIRECT = ("Direct", "(direct)", "(none)")
GOOGLE = ("Organic Search", "google", "organic")
GOOGLE_APP = "android-app://com.google.android.googlequicksearchbox/https/google.com"
FORUM = "https://me:secret@www.Forum.example.:8080/a"
CASES = [
    Case("nothing", NO_TAG, "", DIRECT),
    Case("blank", ("blank", "(not set)", "NULL"), "-", DIRECT),
    Case("google in India", NO_TAG, "https://www.google.co.in/", GOOGLE),
    Case("search app", NO_TAG, GOOGLE_APP, GOOGLE),
    Case("ad", NO_TAG, "//syndicatedsearch.goog", ("Paid Search", "google", "cpc")),
    Case("video", NO_TAG, "youtu.be/x", ("Organic Video", "youtube", "referral")),
    Case("social", NO_TAG, "http://T.CO/a?b", ("Organic Social", "twitter", "social")),
    Case("mail", NO_TAG, "https://mail.google.com", ("Referral", "gmail", "referral")),
    Case("other site", NO_TAG, FORUM, ("Referral", "forum.example", "referral")),
    Case("no host", NO_TAG, "about:blank", DIRECT),
    Case("no dot", NO_TAG, "http://localhost:3000", DIRECT),
    Case("own", NO_TAG, "https://shop.example/a", DIRECT),
    Case("own part", NO_TAG, "https://eu.shop.example", DIRECT),
    Case(
        "own by page", NO_TAG, "https://www.a.example/", DIRECT, "https://a.example/b"
    ),
    Case(
        "not own",
        NO_TAG,
        "workshop.example",
        ("Referral", "workshop.example", "referral"),
    ),
    Case(
        "tag on an own link",
        ("Banner", "Internal", ""),
        "https://shop.example/a",
        ("Unassigned", "banner", "internal"),
    ),
    Case(
        "performance max",
        ("google", "cpc", "Performance Max-H100"),
        "https://www.youtube.com/",
        ("Cross-network", "google", "cpc"),
    ),
    Case(
        "tag before referrer",
        (" FB ", " PPC ", ""),
        "https://www.google.com",
        ("Paid Social", "facebook", "ppc"),
    ),
    Case(
        "medium alone",
        ("", "cpc", ""),
        "https://www.bing.com",
        ("Paid Search", "bing", "cpc"),
    ),
    Case("campaign alone", ("", "", "spring"), "", ("Unassigned", *["(not set)"] * 2)),
]
# Minutes of a session, give or take one, depend on its source alone.
SOURCES = [
    (("newsletter", "email", "january"), "", 4),
    (("google", "cpc", "brand"), "https://www.google.com", 12),
    (("google", "cpc", "brand"), "https://www.youtube.com", 12),
    (NO_TAG, "https://www.bing.com", 8),
    (NO_TAG, "", 8),
]


COLUMNS = [
    *("session_id", "user_id", "started_at", "ended_at", "utm_source", "utm_medium"),
    *("utm_campaign", "referrer", "page", "conversion"),
]


def write_sessions(folder: Path, shuffled: bool = False) -> Path:
    """Write `sessions.csv`: the cases, and users with one to five sessions each.

    Every third user converts in the last session.
    """
    draw = random.Random(7)
    rows: list[tuple[object, ...]] = [
        (c.name, f"case {i}", START, "", *c.utm, c.referrer, c.page, "")
        for i, c in enumerate(CASES)
    ]
    for user in range(USERS):
        last = user % 5
        for i in range(last + 1):
            utm, referrer, minutes = draw.choice(SOURCES)
            start = START + DAY * (user % 20 + 3 * i)
            length = MINUTE * (minutes + draw.uniform(-1, 1))
            # Two users leave the first session open over the second.
            if user in (4, 204) and i < 2:
                start = START + HOUR * i
                length = MINUTE * 65 if i == 0 else length
            is_converted = int(i == last and user % 3 == 0)
            times = (start, start + length)
            visit = (*times, *utm, referrer, "Home", is_converted)
            rows.append((f"{user}-{i}", f"u{user}", *visit))
    if shuffled:
        draw.shuffle(rows)
    with (folder / "sessions.csv").open("w", newline="") as file:
        csv.writer(file).writerows([COLUMNS, *rows])
    return folder
