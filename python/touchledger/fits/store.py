"""The fits of models, each in a JSON file, which can't run code as a pickle can.

A file is written under another name and renamed, so it is whole or not there. It holds
the hash of its own content; what doesn't match isn't used. Bytes that don't belong into
JSON, such as a network's weights, lie beside it under names made from their hashes: a
fit never finds the bytes of another one.
"""

import hashlib
import json
import os
import re
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from touchledger.errors import UserError
from touchledger.fits.versions import as_json
from touchledger.log import LOGGER

__all__ = ["REFIT", "Fit", "FitStore", "StoredFit", "Trained", "load_fit"]

_T = TypeVar("_T")

REFIT = ("auto", "always", "never")

# Another number where files of before can't be read any more.
_FORMAT = 2
_SECONDS_A_DAY = 86_400
_DIGEST = "[0-9a-f]{64}"


class OtherFormatError(UserError):
    """A file that another version of the project wrote."""


@dataclass(frozen=True, kw_only=True)
class Trained:
    """What a training gives.

    Attributes:
        payload: All that is needed to apply the fit, of lists, dictionaries, texts and
            finite numbers.
        rows: How many rows it was learned from.
        files: Bytes to keep beside the payload, by a name such as `weights.h5`.
    """

    payload: Mapping[str, Any]
    rows: int
    files: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Fit(Trained):
    """What a training gave, and what it came from.

    Attributes:
        name: The fitted model.
        version: Hash of its data, settings and code.
        trained_at: When it was trained, in UTC.
        settings: The settings that it was trained under.
    """

    name: str
    version: str
    trained_at: datetime
    settings: Mapping[str, Any]

    def read(self, reader: Callable[[Mapping[str, Any]], _T]) -> _T:
        """Make a model of the payload.

        A hash says that a file is as somebody wrote it, and not that it holds a model.

        Args:
            reader: Takes the payload.

        Raises:
            UserError: If the payload isn't what the reader expects.
        """
        try:
            return reader(self.payload)
        except UserError:
            raise
        except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
            raise UserError(
                f"The fitted model {self.name} can't be read ({_reason(error)}); the "
                "setting refit 'always' trains it anew."
            ) from None


@dataclass(frozen=True)
class StoredFit:
    """A fit and its file.

    Attributes:
        fit: The fit.
        file: Where it lies.
        is_reused: Whether it was there before.
    """

    fit: Fit
    file: Path
    is_reused: bool


@dataclass(frozen=True)
class FitStore:
    """The folder of the fits, and when they are trained anew.

    Attributes:
        folder: The var `fitted_models_path`.
        refit: One of `REFIT`: auto trains where the version differs from the file's,
            always trains, never takes the file as it is.

    Example:
        >>> import tempfile
        >>> store = FitStore(Path(tempfile.mkdtemp()), refit="auto")
        >>> def train() -> Trained:
        ...     return Trained(payload={"rate": 0.5}, rows=10)
        >>> def version() -> str:
        ...     return "v1"
        >>> store.fit_or_reuse("coin", version, {}, train).is_reused
        False
        >>> again = store.fit_or_reuse("coin", version, {}, train)
        >>> again.is_reused, again.fit.payload
        (True, {'rate': 0.5})
    """

    folder: Path
    refit: str

    def file(self, name: str) -> Path:
        """Give the file of a model."""
        return self.folder / f"{name}.json"

    def check_is_there(self, name: str) -> None:
        """Hold a model to having a file, where that must do.

        Raises:
            UserError: If there is none, and `refit` is never.
        """
        file = self.file(name)
        if self.refit == "never" and not file.exists():
            raise UserError(
                f"There is no fitted model {file}; with the setting refit 'never' it "
                "must be there (auto trains it)."
            )

    def fit_or_reuse(
        self,
        name: str,
        version: Callable[[], str],
        settings: Mapping[str, Any],
        train: Callable[[], Trained],
    ) -> StoredFit:
        """Train a model, unless its file will do.

        Where `refit` is never, a file of another version will do as well: that is told.

        Args:
            name: The fitted model.
            version: Gives the version that the fit must have.
            settings: The settings that the version stands for.
            train: Trains; only called where it is needed.

        Raises:
            UserError: If the file is broken, or isn't there and must be.
        """
        self.check_is_there(name)
        file = self.file(name)
        if self.refit == "never":
            kept = load_fit(file)
            if kept.name != name:
                raise UserError(
                    f"The file {file} holds the fitted model {kept.name!r}; it must "
                    f"hold {name!r} (the setting refit 'always' trains it)."
                )
            _tell_other_version(kept, version(), file)
            return StoredFit(kept, file, is_reused=True)
        wanted = version()
        found = self._found(file) if self.refit == "auto" else None
        if found and found.version == wanted:
            return StoredFit(found, file, is_reused=True)
        trained = train()
        fit = Fit(
            name=name,
            version=wanted,
            trained_at=datetime.now(UTC),
            settings=settings,
            **vars(trained),
        )
        return StoredFit(fit, self.save(fit), is_reused=False)

    def save(self, fit: Fit) -> Path:
        """Write a fit, in place of the one that the model had.

        Raises:
            UserError: If the folder can't be written to.
        """
        file = self.file(fit.name)
        beside = {name: f"{_sha256(data)}-{name}" for name, data in fit.files.items()}
        replaced = _named(file)
        content = {
            "name": fit.name,
            "format": _FORMAT,
            "version": fit.version,
            "trained_at": fit.trained_at.isoformat(),
            "rows": fit.rows,
            "settings": fit.settings,
            "files": beside,
            "payload": fit.payload,
        }
        whole = {**content, "hash": _sha256(as_json(content).encode())}
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            for name, data in fit.files.items():
                _write(_beside(file, beside[name]), data)
            _write(file, json.dumps(whole, ensure_ascii=False, indent=1).encode())
            _sweep(file, replaced)
        except OSError as error:
            raise UserError(
                f"The folder {self.folder} can't be written to ({error.strerror}); the "
                "setting fitted_models_path must name one that can."
            ) from None
        return file

    def _found(self, file: Path) -> Fit | None:
        try:
            return load_fit(file) if file.exists() else None
        except OtherFormatError:
            return None


def load_fit(file: Path) -> Fit:
    """Read a fit.

    Raises:
        UserError: If the file isn't whole, or has another format.
    """
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        if not isinstance(content, dict):
            raise ValueError("it holds no fit")
        found = content.pop("hash")
        if content["format"] != _FORMAT:
            raise OtherFormatError(
                f"The file {file} has the format {content['format']} and not "
                f"{_FORMAT}; the setting refit 'auto' trains it anew."
            )
        if found != _sha256(as_json(content).encode()):
            raise ValueError("its content doesn't match its hash")
        return Fit(
            name=content["name"],
            version=content["version"],
            trained_at=datetime.fromisoformat(content["trained_at"]),
            rows=content["rows"],
            settings=content["settings"],
            payload=content["payload"],
            files={
                name: _checked(_beside(file, beside))
                for name, beside in content["files"].items()
            },
        )
    except OtherFormatError:
        raise
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(
            f"The file {file} isn't a whole fitted model ({_reason(error)}); the "
            "setting refit 'always' trains it anew."
        ) from None


def _tell_other_version(kept: Fit, wanted: str, file: Path) -> None:
    if kept.version != wanted:
        LOGGER.warning(
            "%s: the file %s was trained on other data, settings or code than this "
            "run's (version %s, not %s) and is applied as it is, because the setting "
            "refit is never: what it doesn't know counts for nothing.",
            kept.name,
            file,
            kept.version[:12],
            wanted[:12],
        )


def _beside(file: Path, name: str) -> Path:
    return file.with_name(f"{file.stem}.{name}")


def _named(file: Path) -> set[str]:
    """Give the names of the bytes that belong to a file; none where it is broken."""
    try:
        files = json.loads(file.read_text(encoding="utf-8"))["files"].values()
        return set(map(str, files))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return set()


def _sweep(file: Path, replaced: set[str]) -> None:
    """Take away what belonged to the fit before, and what killed runs left.

    Other runs may save the same model meanwhile: what they write is young.
    """
    named = {f"{file.stem}.{name}" for name in _named(file)}
    before = {f"{file.stem}.{name}" for name in replaced}
    latest = time.time() - _SECONDS_A_DAY
    stem = re.escape(file.stem)
    # Other files of the folder are the user's, whatever they are called.
    own = re.compile(
        rf"{stem}\.{_DIGEST}-.+|\.{stem}\.(json|{_DIGEST}-.+)\.[0-9]+", re.DOTALL
    )
    for other in file.parent.iterdir():
        if not own.fullmatch(other.name) or other.name in named or not other.is_file():
            continue
        with suppress(FileNotFoundError):
            if other.name in before or other.stat().st_mtime < latest:
                other.unlink()


def _checked(file: Path) -> bytes:
    data = file.read_bytes()
    digest, _, _ = file.name.split(".", 1)[1].partition("-")
    if digest != _sha256(data):
        raise ValueError(f"{file.name} doesn't match its hash")
    return data


def _write(file: Path, data: bytes) -> None:
    # Two runs at once don't write into one another's file.
    temporary = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        temporary.write_bytes(data)
        temporary.replace(file)
    finally:
        temporary.unlink(missing_ok=True)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    if isinstance(error, KeyError):
        return f"it has no {error}"
    return " ".join(str(error).split()).rstrip(".")
