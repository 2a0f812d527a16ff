"""Defects in the demo database, each with the test that must notice it.

A defect is SQL that damages one table; where a contract would stop it at once, the
table's constraints are taken off first. Tests go by their name in dbt, a generic one by
how its name begins.
"""

from dataclasses import dataclass

__all__ = [
    "DEFECTS",
    "DEFECTS_BY_TIME",
    "DEFECTS_OF_SESSIONS",
    "DEFECTS_UNDER_OTHER_SETTINGS",
    "TEST_FROM",
    "Defect",
]

LEDGER = "marts.fct_attribution_credits"
JOURNEY_TOUCHPOINTS = "journeys.int_journey_touchpoints"
OBSERVED_TOUCHPOINTS = "journeys.int_observed_touchpoints"
SEQUENCES = "marts.fct_channel_sequences"
LENGTHS = "marts.fct_journey_lengths"
SNAPSHOTS = "journeys.int_journey_snapshots"
FEATURES = "features.int_snapshot_features"
SNAPSHOT_TOUCHPOINTS = "features.int_snapshot_touchpoints"
TRAINING = "features.int_training_snapshots"
SCORES = "attribution.int_lightgbm_scores"
TEST_FROM = "2024-03-10"
OF_A_NULL_JOURNEY = (
    "journey_key in (select journey_key from journeys.int_journeys "
    "where conversion_key is null)"
)
OF_A_CONVERSION = (
    f"snapshot_key in (select snapshot_key from {SNAPSHOTS} where is_converted)"
)
OF_A_CASE = (
    "is_example and not is_converted and journey_key in (select journey_key "
    "from journeys.int_journeys where conversion_key is not null)"
)
A_JOURNEY = f"journey_key = (select min(journey_key) from {JOURNEY_TOUCHPOINTS})"
DROP_CONSTRAINTS = f"create or replace table {LEDGER} as from {LEDGER};"


@dataclass(frozen=True)
class Defect:
    """Something wrong, and the dbt test whose claim it breaks."""

    test: str
    name: str
    sql: str

    def __str__(self) -> str:
        return f"{self.test}: {self.name}"


def _one_row(table: str, condition: str = "true") -> str:
    return f"rowid = (select min(rowid) from {table} where {condition})"


def _again(table: str, condition: str = "true") -> str:
    return f"insert into {table} from {table} where {_one_row(table, condition)}"


def _defects(test: str, **defects: str) -> list[Defect]:
    return [Defect(test, name, sql) for name, sql in defects.items()]


_IN_A_MART = [
    defect
    for mart in ("channel", "campaign", "daily")
    for table in [f"marts.fct_{mart}_performance"]
    for defect in (
        *_defects(
            "attributed_totals_equal_actual_totals",
            **{
                f"{mart}_row_lost": f"delete from {table} "
                f"where {_one_row(table, 'attributed_conversions > 0')}",
                f"{mart}_row_twice": _again(table, "attributed_conversions > 0"),
                f"{mart}_model_lost": f"delete from {table} "
                "where attribution_model = 'linear'",
                f"{mart}_revenue_off": f"update {table} set "
                "attributed_revenue = attributed_revenue * (1 + 1e-6)",
                f"{mart}_not_a_number": f"update {table} set "
                f"attributed_revenue = 'nan' where {_one_row(table)}",
            },
        ),
        *_defects(
            "spend_in_the_marts_equals_spend_in",
            **{
                f"{mart}_row_lost": f"delete from {table} "
                f"where {_one_row(table, 'spend > 0')}",
                f"{mart}_row_twice": _again(table, "spend > 0"),
            },
        ),
    )
]

_OF_THE_LEDGER = [
    *_defects(
        "attributed_totals_equal_actual_totals",
        ledger_row_lost=f"delete from {LEDGER} where {_one_row(LEDGER, 'credit > 0')}",
        conversion_twice=_again("marts.fct_conversions"),
        refund_lost="insert into journeys.int_refunds by name select 'r' as refund_id, "
        "1.0::double as refund, timestamp '2024-01-01' as refunded_at",
        refund_not_taken="update marts.fct_channel_performance "
        "set attributed_refunds = attributed_refunds + 1 where "
        + _one_row("marts.fct_channel_performance", "attributed_conversions > 0"),
    ),
    *_defects(
        "credit_sums_to_one_per_conversion",
        touchpoint_lost=f"delete from {LEDGER} "
        f"where {_one_row(LEDGER, 'touch_count > 1 and credit > 0')}",
        touchpoint_twice=_again(LEDGER, "credit > 0"),
        weight_off=f"update {LEDGER} set credit = credit * (1 + 1e-8) "
        f"where {_one_row(LEDGER, 'credit > 0.2')}",
        not_a_number=f"update {LEDGER} set credit = 'nan' where {_one_row(LEDGER)}",
    ),
    *_defects(
        "credit_is_between_zero_and_one",
        negative=DROP_CONSTRAINTS
        + f"update {LEDGER} set credit = -0.1 where {_one_row(LEDGER)}",
        above_one=f"update {LEDGER} set credit = 1.1 where {_one_row(LEDGER)}",
        missing=DROP_CONSTRAINTS
        + f"update {LEDGER} set credit = null where {_one_row(LEDGER)}",
        not_a_number=f"update {LEDGER} set credit = 'nan' where {_one_row(LEDGER)}",
    ),
    *_defects(
        "conversions_are_in_the_ledger_under_every_model",
        unattributed_lost=f"delete from {LEDGER} where touchpoint_id is null",
        lost_under_one_model=f"delete from {LEDGER} where attribution_model = 'linear' "
        f"and conversion_id = (select min(conversion_id) from {LEDGER})",
        unknown_conversion=f"update {LEDGER} set conversion_id = 'nobody' "
        f"where {_one_row(LEDGER)}",
    ),
    *_defects(
        "models_agree_on_single_touch_journeys",
        another_touchpoint=f"update {LEDGER} set touchpoint_id = 'other' "
        f"where {_one_row(LEDGER, 'touch_count = 1')}",
        less_than_all=f"update {LEDGER} set credit = 0.9 "
        f"where {_one_row(LEDGER, 'touch_count = 1')}",
    ),
    *_defects(
        "spend_in_the_marts_equals_spend_in",
        spend_came_in_twice=_again("staging.base_spend", "spend > 0"),
    ),
    *_defects(
        "channels_with_spend_stay",
        channel_lost="delete from marts.fct_channel_performance where "
        + _one_row("marts.fct_channel_performance", "spend > 0"),
        campaign_lost="delete from marts.fct_campaign_performance where "
        + _one_row("marts.fct_campaign_performance", "spend > 0"),
    ),
]

_OF_JOURNEYS = [
    *_defects(
        "touchpoints_lie_in_the_lookback",
        after_the_conversion=f"update {JOURNEY_TOUCHPOINTS} as t "
        "set occurred_at = c.converted_at + interval 1 microsecond "
        "from journeys.int_conversions as c "
        "where t.conversion_key = c.conversion_key and t.position = 1",
        too_early=f"update {JOURNEY_TOUCHPOINTS} as t "
        "set occurred_at = c.converted_at - interval 30 day - interval 1 microsecond "
        "from journeys.int_conversions as c "
        "where t.conversion_key = c.conversion_key and t.position = 1",
    ),
    *_defects(
        "touchpoints_belong_to_one_journey",
        in_no_journey=f"delete from {JOURNEY_TOUCHPOINTS} "
        f"where {_one_row(JOURNEY_TOUCHPOINTS)}",
        in_two_journeys=_again(JOURNEY_TOUCHPOINTS),
        in_place_of_another=f"update {JOURNEY_TOUCHPOINTS} set touchpoint_id = "
        f"(select max(touchpoint_id) from {JOURNEY_TOUCHPOINTS}) "
        f"where {_one_row(JOURNEY_TOUCHPOINTS)}",
        lost_before_the_journeys="insert into staging.base_touchpoints "
        "by name select 't' as touchpoint_id",
        counted_twice="update journeys.int_journeys "
        "set untransformed_touch_count = untransformed_touch_count + 1 where "
        + _one_row("journeys.int_journeys"),
    ),
    *_defects(
        "positions_run_from_one_to_touch_count",
        gap=f"update {JOURNEY_TOUCHPOINTS} set position = position + 1 "
        f"where {_one_row(JOURNEY_TOUCHPOINTS, 'position = touch_count')}",
        twice=f"update {JOURNEY_TOUCHPOINTS} set position = position - 1 "
        f"where {_one_row(JOURNEY_TOUCHPOINTS, 'position = 2 and touch_count > 2')}",
        count_off=f"update {JOURNEY_TOUCHPOINTS} set touch_count = touch_count + 1 "
        f"where {_one_row(JOURNEY_TOUCHPOINTS)}",
        journey_lost=f"delete from {JOURNEY_TOUCHPOINTS} where {A_JOURNEY}",
        journey_unknown=f"delete from journeys.int_journeys where {A_JOURNEY}",
        fewer_than_found="update journeys.int_journeys "
        "set untransformed_touch_count = untransformed_touch_count + 1 where "
        + _one_row("journeys.int_journeys"),
    ),
    *_defects(
        "paths_have_as_many_channels_as_touchpoints",
        channel_lost="update marts.fct_journeys set path = split_part(path, ' > ', 1) "
        "where touch_count = 2",
        mark_not_escaped="update marts.fct_journeys set path = 'a > b' "
        "where touch_count = 1",
        count_off="update marts.fct_journeys set touch_count = touch_count + 1 "
        "where touch_count = 1",
    ),
    *_defects(
        "paths_account_for_every_journey",
        path_lost=f"delete from marts.fct_paths where {_one_row('marts.fct_paths')}",
        outcome_off="update marts.fct_paths "
        "set conversions = conversions + 1, nulls = nulls - 1 where "
        + _one_row("marts.fct_paths", "nulls > 0"),
        revenue_off="update marts.fct_paths set revenue = revenue * (1 + 1e-6)",
    ),
    *_defects(
        "sequences_account_for_every_step",
        pair_lost=f"delete from {SEQUENCES} "
        f"where {_one_row(SEQUENCES, 'sequence_length = 2')}",
        triplet_lost=f"delete from {SEQUENCES} "
        f"where {_one_row(SEQUENCES, 'sequence_length = 3')}",
        no_triplets=f"delete from {SEQUENCES} where sequence_length = 3",
        twice=_again(SEQUENCES),
        count_off=f"update {SEQUENCES} set occurrences = occurrences + 1 "
        f"where {_one_row(SEQUENCES)}",
        step_lost="update marts.fct_journeys set touch_count = touch_count + 1 "
        f"where {_one_row('marts.fct_journeys', 'touch_count = 1')}",
    ),
    *_defects(
        "journey_lengths_account_for_every_journey",
        tail_lost=f"delete from {LENGTHS} where measure = 'touch_count' "
        f"and value = (select max(value) from {LENGTHS} "
        "where measure = 'touch_count')",
        no_days=f"delete from {LENGTHS} where measure = 'days_to_convert'",
        twice=_again(LENGTHS),
        outcome_off=f"update {LENGTHS} "
        "set conversions = conversions + 1, nulls = nulls - 1 "
        f"where {_one_row(LENGTHS, 'nulls > 0')}",
        revenue_off=f"update {LENGTHS} set revenue = revenue * (1 + 1e-6)",
        days_rounded_up=f"update {LENGTHS} set value = value + 1 "
        "where measure = 'days_to_convert'",
        share_off=f"update {LENGTHS} set journey_share = journey_share * 0.99",
        cumulative_share_off=f"update {LENGTHS} "
        "set cumulative_share = cumulative_share - journey_share",
    ),
    *_defects(
        "users_are_in_one_split",
        in_two_splits="insert into journeys.int_users by name "
        "select * replace ('another' as split) from journeys.int_users "
        f"where {_one_row('journeys.int_users')}",
        without_a_split="update journeys.int_users set split = null "
        f"where {_one_row('journeys.int_users')}",
        without_a_draw="delete from journeys.int_users "
        f"where {_one_row('journeys.int_users')}",
    ),
]

_OF_SNAPSHOTS = [
    *_defects(
        "snapshots_show_a_journey_no_further_than_it_was_observed",
        example_lost=f"delete from {SNAPSHOTS} where "
        + _one_row(SNAPSHOTS, "is_example and not is_latest"),
        converting_journey_lost=f"delete from {SNAPSHOTS} where "
        + _one_row(SNAPSHOTS, "is_converted"),
        example_twice=_again(SNAPSHOTS, "is_example and not is_latest"),
        current_twice=_again(SNAPSHOTS, "is_latest and not is_example"),
        journey_without_a_touchpoint=f"update {SNAPSHOTS} set journey_key = (select "
        "min(journey_key) from journeys.int_journeys "
        f"where untransformed_touch_count = 0) where {_one_row(SNAPSHOTS)}",
        from_before_the_journey=f"update {SNAPSHOTS} set first_position = 0 where "
        + _one_row(SNAPSHOTS, "first_position = 1 and not is_converted"),
        beyond_the_journey=f"update {SNAPSHOTS} set last_position = last_position + 1 "
        f"where {_one_row(SNAPSHOTS, 'is_latest and not is_converted')}",
        nothing_kept=f"update {SNAPSHOTS} set first_position = last_position + 1 "
        f"where {_one_row(SNAPSHOTS, 'not is_converted')}",
        conversion_seen_in_part=f"update {SNAPSHOTS} set first_position = 2 "
        f"where {_one_row(SNAPSHOTS, 'is_converted and last_position > 1')}",
        other_outcome=f"update {SNAPSHOTS} set is_converted = true "
        f"where {_one_row(SNAPSHOTS, 'not is_converted')}",
        later_than_the_cutoff=f"update {SNAPSHOTS} set last_position = last_position + "
        f"1 "
        f"where {_one_row(SNAPSHOTS, 'is_example and not is_latest')}",
        before_the_lookback=f"update {SNAPSHOTS} set first_position = first_position - "
        f"1 "
        f"where {_one_row(SNAPSHOTS, 'first_position > 1')}",
        within_the_lookback=f"update {SNAPSHOTS} set first_position = first_position + "
        f"1 "
        "where "
        + _one_row(
            SNAPSHOTS,
            "is_example and not is_converted and first_position < last_position",
        ),
        not_up_to_the_cutoff=f"update {SNAPSHOTS} set last_position = last_position - "
        f"1 "
        "where "
        + _one_row(
            SNAPSHOTS,
            "is_example and not is_converted and first_position < last_position",
        ),
        case_not_up_to_the_cutoff=f"update {SNAPSHOTS} set last_position = "
        f"last_position - 1 "
        f"where "
        f"{_one_row(SNAPSHOTS, OF_A_CASE + ' and first_position < last_position')}",
        case_lost=f"delete from {SNAPSHOTS} where {_one_row(SNAPSHOTS, OF_A_CASE)}",
        case_twice=_again(SNAPSHOTS, OF_A_CASE),
        case_that_has_converted=f"update {SNAPSHOTS} set cutoff_at = cutoff_at + "
        f"interval 1 year "
        f"where {_one_row(SNAPSHOTS, OF_A_CASE)}",
        earlier_touchpoints_lost=f"update {SNAPSHOTS} set first_position = 1, "
        "earlier_journey_key = null where "
        + _one_row(SNAPSHOTS, "earlier_journey_key is not null"),
        earlier_journey_lost=f"update {SNAPSHOTS} set earlier_journey_key = null where "
        + _one_row(SNAPSHOTS, "earlier_journey_key is not null"),
        earlier_journey_of_another=f"update {SNAPSHOTS} set earlier_journey_key = "
        "(select max(journey_key) from journeys.int_journeys "
        "where conversion_key is null) where "
        + _one_row(SNAPSHOTS, "earlier_journey_key is not null"),
        half_of_an_instant="update journeys.int_touchpoints as touchpoints "
        "set occurred_at = snapshots.last_touched_at from (select user_key, "
        "first_user_position + last_position as next_position, "
        f"snapshots.last_touched_at from {SNAPSHOTS} as snapshots inner join "
        f"journeys.int_journeys "
        "using (user_key, journey_key) where is_example and not is_latest "
        "and last_position < untransformed_touch_count order by snapshot_key limit 1) "
        "as snapshots where touchpoints.user_key = snapshots.user_key "
        "and touchpoints.user_position = snapshots.next_position",
    ),
    *_defects(
        "observed_touchpoints_are_those_of_the_journey_up_to_the_cutoff",
        snapshot_lost=f"delete from {OBSERVED_TOUCHPOINTS} where "
        + _one_row(OBSERVED_TOUCHPOINTS, "touch_count = 1"),
        after_the_cutoff=f"update {OBSERVED_TOUCHPOINTS} set "
        "occurred_at = occurred_at + interval 1 year where "
        + _one_row(OBSERVED_TOUCHPOINTS, OF_A_NULL_JOURNEY),
        channel_of_a_conversion=(
            f"update {OBSERVED_TOUCHPOINTS} set channel_key = 0 where "
        )
        + _one_row(OBSERVED_TOUCHPOINTS, OF_A_CONVERSION),
        last_of_a_conversion_lost=f"delete from {OBSERVED_TOUCHPOINTS} where "
        + _one_row(
            OBSERVED_TOUCHPOINTS,
            f"touch_count > 1 and position = touch_count and {OF_A_CONVERSION}",
        ),
        touchpoint_of_a_conversion_twice=_again(OBSERVED_TOUCHPOINTS, OF_A_CONVERSION),
        earlier_in_a_conversion=f"update {OBSERVED_TOUCHPOINTS} set "
        "occurred_at = occurred_at - interval 1 second where "
        + _one_row(OBSERVED_TOUCHPOINTS, OF_A_CONVERSION),
        too_many_in_a_conversion=f"update {OBSERVED_TOUCHPOINTS} set "
        "touch_count = 9999 where " + _one_row(OBSERVED_TOUCHPOINTS, OF_A_CONVERSION),
    ),
    *_defects(
        "expect_value_range_int_journey_snapshots_weight",
        negative=f"update {SNAPSHOTS} set weight = -1 where {_one_row(SNAPSHOTS)}",
    ),
]

_OF_FEATURES = [
    *_defects(
        "features_say_what_was_observed_at_the_cutoff",
        snapshot_lost=f"delete from {FEATURES} where {_one_row(FEATURES)}",
        unknown_snapshot=(
            f"update {FEATURES} set snapshot_key = -1 where {_one_row(FEATURES)}"
        ),
        touchpoint_lost=f"update {FEATURES} set touch_count = touch_count - 1 "
        f"where {_one_row(FEATURES)}",
        channel_lost=f"update {FEATURES} set channel_keys = channel_keys[2:] "
        f"where {_one_row(FEATURES, 'touch_count > 1')}",
        channels_of_a_snapshot_lost=f"update {FEATURES} set channel_keys = [] "
        f"where {_one_row(FEATURES)}",
        channel_counted_twice=f"update {FEATURES} set "
        f"channel_keys = channel_keys || channel_keys[1:1] where {_one_row(FEATURES)}",
        one_channel_for_another=f"update {FEATURES} set "
        "channel_keys = [-1] || channel_keys[2:] "
        f"where {_one_row(FEATURES, 'channel_count = 1 and touch_count > 1')}",
        channel_count_off=f"update {FEATURES} set channel_count = channel_count + 1 "
        f"where {_one_row(FEATURES)}",
        click_at_the_instant=f"update {FEATURES} set click_count = click_count + 1 "
        f"where {_one_row(FEATURES)}",
        cost_at_the_instant=f"update {FEATURES} set cost = cost + 0.01 "
        f"where {_one_row(FEATURES)}",
    ),
    *_defects(
        "columns_are_unknown_at_the_instant_of_the_cutoff",
        known_at_the_instant=f"update {SNAPSHOT_TOUCHPOINTS} as t set features = true, "
        f"days_before_cutoff = 0, occurred_at = c.cutoff_at from {SNAPSHOTS} as c "
        f"where t.snapshot_key = c.snapshot_key and t.{_one_row(SNAPSHOT_TOUCHPOINTS)}",
        after_the_cutoff=f"update {SNAPSHOT_TOUCHPOINTS} set days_before_cutoff = -1 "
        f"where {_one_row(SNAPSHOT_TOUCHPOINTS)}",
        earlier_than_it_was=f"update {SNAPSHOT_TOUCHPOINTS} as t set "
        f"days_before_cutoff = 1, "
        f"occurred_at = c.cutoff_at from {SNAPSHOTS} as c where t.snapshot_key = "
        f"c.snapshot_key and t."
        + _one_row(
            SNAPSHOT_TOUCHPOINTS,
            f"snapshot_key in (select snapshot_key from {SNAPSHOTS} where "
            f"at_risk_until is null)",
        ),
    ),
    *_defects(
        "fits_learn_from_examples_of_training_and_validation_users",
        from_a_test_user=f"insert into {TRAINING} by name select snapshot_key, "
        f"user_key, "
        f"'training' as split, weight, is_converted from {SNAPSHOTS} "
        "where is_example and split = 'test' limit 1",
        from_the_other_split=f"update {TRAINING} set split = 'validation' where "
        + _one_row(TRAINING, "split = 'training'"),
        from_a_journey_as_it_stands=f"update {TRAINING} set snapshot_key = (select "
        f"min(snapshot_key) from {SNAPSHOTS} where not is_example) where "
        f"{_one_row(TRAINING)}",
        other_outcome=f"update {TRAINING} set is_converted = true "
        f"where {_one_row(TRAINING, 'not is_converted')}",
        other_user=f"update {TRAINING} set user_key = -1 where {_one_row(TRAINING)}",
        weight_off=f"update {TRAINING} set weight = weight / 2 "
        f"where {_one_row(TRAINING, 'weight > 0')}",
        null_journey_lost=f"delete from {TRAINING} "
        f"where {_one_row(TRAINING, 'not is_converted')}",
        conversion_lost=f"delete from {TRAINING} "
        f"where {_one_row(TRAINING, 'is_converted')}",
    ),
    *_defects(
        "fitted_models_score_every_snapshot",
        trees_score_lost=f"delete from {SCORES} where {_one_row(SCORES)}",
        trees_score_twice=_again(SCORES),
        trees_unknown_snapshot=(
            f"update {SCORES} set snapshot_key = -1 where {_one_row(SCORES)}"
        ),
        trees_missing=f"update {SCORES} set conversion_probability = null "
        f"where {_one_row(SCORES)}",
        trees_not_a_number=f"update {SCORES} set conversion_probability = 'nan' "
        f"where {_one_row(SCORES)}",
        trees_above_one=f"update {SCORES} set conversion_probability = 1.1 "
        f"where {_one_row(SCORES)}",
        trees_below_zero=f"update {SCORES} set conversion_probability = -0.1 "
        f"where {_one_row(SCORES)}",
    ),
    *_defects(
        "expect_value_range_int_training_snapshots_weight",
        negative=f"update {TRAINING} set weight = -1 where {_one_row(TRAINING)}",
    ),
]

_OF_INPUT = [
    *_defects(
        "no_conversion_is_lost",
        lost="delete from marts.fct_conversions where "
        + _one_row("marts.fct_conversions"),
        unknown="delete from staging.base_conversions where "
        + _one_row("staging.base_conversions"),
        revenue_off="update marts.fct_conversions set revenue = revenue + 0.01",
        other_type="update marts.fct_conversions set conversion_type = 'lead'",
        other_user="update marts.fct_conversions set user_id = 'other'",
        other_time="update marts.fct_conversions "
        "set converted_at = converted_at + interval 1 second",
    ),
    *_defects(
        "input_files_are_read_to_their_end",
        reader_ended_early="insert into marts.input_files "
        "values ('touchpoints', 'touchpoints.csv', 'utf-8', 'abc', 1, 1000000000)",
    ),
    *_defects(
        "input_rows_are_accepted_or_rejected",
        touchpoint_lost="delete from staging.base_touchpoints where "
        + _one_row("staging.base_touchpoints"),
        conversion_twice=_again("staging.base_conversions"),
        spend_lost="delete from staging.base_spend where "
        + _one_row("staging.base_spend"),
        all_spend_lost="delete from staging.base_spend",
        profile_lost="delete from staging.base_user_profiles where "
        + _one_row("staging.base_user_profiles"),
        rejected_and_accepted="insert into marts.rejected_rows by name select "
        "'touchpoints' as source, 'no reason' as reason, true as breaks_contract",
        rejected_silently="update staging.base_touchpoints "
        "set rejection_reason = 'no reason' where "
        + _one_row("staging.base_touchpoints"),
        malformed_silently="insert into staging.base_malformed_rows "
        "values ('touchpoints', 'file.csv:2', 'the line isn''t a row')",
    ),
    *_defects(
        "money_is_accepted_or_rejected",
        revenue_off="update staging.base_input_rows set money = money + 0.01 "
        "where table_name = 'conversions' and outcome = 'accepted'",
        spend_lost="delete from staging.base_input_rows "
        "where table_name = 'spend' and outcome = 'accepted'",
        other_currency="update staging.base_input_rows set currency = 'XXX' "
        "where table_name = 'spend' and outcome = 'accepted'",
    ),
]

_OF_GENERIC_CLAIMS = [
    *_defects(
        "expect_unique_combination_fct_attribution_credits",
        row_twice=_again(LEDGER),
        row_without_touchpoint_twice=_again(LEDGER, "touchpoint_id is null"),
    ),
    *_defects(
        "expect_unique_combination_stg_touchpoints",
        id_twice="update staging.base_touchpoints set touchpoint_id = 't' "
        "where touchpoint_id in (select touchpoint_id from staging.base_touchpoints "
        "order by touchpoint_id limit 2)",
    ),
    *_defects(
        "expect_value_range_stg_touchpoints_cost",
        negative="update staging.base_touchpoints set cost = -0.01 where "
        + _one_row("staging.base_touchpoints"),
    ),
    *_defects(
        "expect_value_range_fct_attribution_accuracy_rank_correlation",
        below="update marts.fct_attribution_accuracy set rank_correlation = -1.1",
        above="update marts.fct_attribution_accuracy set rank_correlation = 1.1",
        not_a_number="update marts.fct_attribution_accuracy "
        "set rank_correlation = 'nan'",
    ),
    *_defects(
        "expect_text_filled_stg_touchpoints",
        empty="update staging.base_touchpoints set campaign = '' where "
        + _one_row("staging.base_touchpoints"),
        missing="update staging.base_touchpoints set channel = null where "
        + _one_row("staging.base_touchpoints"),
    ),
]

TRANSITIONS = "marts.fct_markov_transitions"
PATH_SCORES = "attribution.int_markov_path_scores"
EVALUATION = "marts.fct_model_evaluation"
TENTHS = "marts.fct_calibration"
CURVES = "marts.fct_roc_points"
EFFECTS = "marts.fct_additive_hazard_effects"
JOURNEY_SCORES = "marts.fct_journey_scores"
PROPENSITY = "marts.fct_user_propensity"

_OF_FITTED_MODELS = [
    *_defects(
        "transition_probabilities_sum_to_one",
        transition_lost=f"delete from {TRANSITIONS} where {_one_row(TRANSITIONS)}",
        transition_twice=_again(TRANSITIONS),
        end_lost=f"delete from {TRANSITIONS} where to_state = '(conversion)'",
        a_hair_less=f"update {TRANSITIONS} set probability = probability * (1 - 1e-8)",
    ),
    *_defects(
        "journeys_of_the_markov_chain_end",
        chain_lost=f"delete from {TRANSITIONS}",
        starts_lost=f"delete from {TRANSITIONS} where from_state = '(start)'",
        nulls_lost=f"delete from {TRANSITIONS} where to_state = '(null)'",
        counted_twice=f"update {TRANSITIONS} set transitions = 2 * transitions",
        step_in_the_middle_twice=_again(
            TRANSITIONS, "from_state not like '(%' and to_state not like '(%'"
        ),
        into_nowhere=f"update {TRANSITIONS} set to_state = 'nowhere' where "
        + _one_row(TRANSITIONS, "to_state not like '(%'"),
        converts_in_place_of_another=f"update {TRANSITIONS} set to_state = "
        "case to_state when '(null)' then '(conversion)' else '(null)' end "
        "where to_state in ('(null)', '(conversion)')",
        journey_more="insert into marts.fct_journeys by name "
        "select * replace ('other' as journey_id) from marts.fct_journeys "
        "where touch_count > 0 limit 1",
    ),
    *[
        defect
        for table in ("marts.fct_markov_removal_effects", "marts.fct_shapley_values")
        for defect in _defects(
            "channel_effects_attribute_all_conversions",
            **{
                f"{table}_empty": f"delete from {table}",
                f"{table}_channel_lost": f"delete from {table} "
                f"where {_one_row(table, 'attributed_conversions > 1')}",
                f"{table}_channel_twice": _again(table, "attributed_conversions > 1"),
                f"{table}_revenue_off": f"update {table} "
                "set attributed_revenue = attributed_revenue * (1 + 1e-6)",
                f"{table}_not_a_number": f"update {table} "
                f"set attributed_conversions = 'nan' where {_one_row(table)}",
            },
        )
    ],
    *_defects(
        "channel_effects_attribute_all_conversions",
        conversion_without_touchpoints_counts="update marts.fct_conversions "
        "set touch_count = 1, is_attributed = true where "
        + _one_row("marts.fct_conversions", "not is_attributed"),
    ),
    *_defects(
        "incremental_and_baseline_make_all_conversions",
        campaign_lost=f"delete from {EFFECTS} where "
        + _one_row(EFFECTS, "incremental_conversions > 1"),
        campaign_twice=_again(EFFECTS, "incremental_conversions > 1"),
        all_campaigns_lost=f"delete from {EFFECTS}",
        caused_off=f"update {EFFECTS} "
        "set incremental_conversions = incremental_conversions * (1 + 1e-6)",
        baseline_off=f"update {EFFECTS} "
        "set baseline_share = baseline_share * (1 - 1e-6)",
        baselines_of_two_kinds=f"update {EFFECTS} set baseline_share = 0 where "
        + _one_row(EFFECTS),
        not_a_number=f"update {EFFECTS} set incremental_conversions = 'nan' where "
        + _one_row(EFFECTS),
        conversion_lost="delete from marts.fct_conversions where "
        + _one_row("marts.fct_conversions"),
    ),
    *_defects(
        "fitted_models_score_every_journey",
        score_lost=f"delete from {JOURNEY_SCORES} where {_one_row(JOURNEY_SCORES)}",
        score_missing=f"update {JOURNEY_SCORES} set conversion_probability = null "
        f"where {_one_row(JOURNEY_SCORES)}",
        journey_lost="delete from marts.fct_journeys where "
        + _one_row("marts.fct_journeys", "touch_count > 0"),
        scored_without_a_touchpoint="update marts.fct_journeys "
        "set touch_count = 0, path = null where "
        + _one_row("marts.fct_journeys", "is_converted and touch_count > 0"),
        other_outcome="update marts.fct_journeys "
        "set is_converted = false, conversion_id = null, revenue = null where "
        + _one_row("marts.fct_journeys", "is_converted and touch_count > 0"),
    ),
    *_defects(
        "fitted_models_score_every_snapshot",
        snapshot_lost="delete from journeys.int_snapshot_paths where "
        + _one_row("journeys.int_snapshot_paths"),
        snapshot_twice=_again("journeys.int_snapshot_paths"),
        one_snapshot_for_another="update journeys.int_snapshot_paths set snapshot_key "
        "= "
        "(select min(snapshot_key) from journeys.int_snapshot_paths) where "
        "snapshot_key = "
        "(select max(snapshot_key) from journeys.int_snapshot_paths)",
        score_missing=f"update {PATH_SCORES} set conversion_probability = null "
        f"where {_one_row(PATH_SCORES, 'is_chosen')}",
        negative=f"update {PATH_SCORES} set conversion_probability = -0.1 "
        f"where {_one_row(PATH_SCORES, 'is_chosen')}",
        above_one=f"update {PATH_SCORES} set conversion_probability = 1.1 "
        f"where {_one_row(PATH_SCORES, 'is_chosen')}",
        not_a_number=f"update {PATH_SCORES} set conversion_probability = 'nan' "
        f"where {_one_row(PATH_SCORES, 'is_chosen')}",
    ),
    *_defects(
        "calibration_counts_every_example",
        tenth_lost=f"delete from {TENTHS} where {_one_row(TENTHS)}",
        tenth_twice=_again(TENTHS),
        curve_lost=f"delete from {TENTHS} where fitted_model = 'markov'",
        curve_of_nothing=f"update {TENTHS} set fitted_model = 'linear' "
        "where fitted_model = 'markov'",
        journeys_off=f"update {TENTHS} set journeys = journeys + 1 "
        f"where {_one_row(TENTHS)}",
        conversions_off=f"update {TENTHS} set conversions = conversions - 1 "
        f"where {_one_row(TENTHS, 'conversions > 0')}",
    ),
    *_defects(
        "roc_curves_rise_to_their_auc",
        curve_lost=f"delete from {CURVES} where fitted_model = 'markov'",
        curve_of_nothing=f"update {CURVES} set fitted_model = 'linear' "
        "where fitted_model = 'markov'",
        origin_lost=f"delete from {CURVES} where point = 1",
        end_lost=f"delete from {CURVES} where false_positive_rate = 1",
        other_way_round=f"update {CURVES} set point = 201 - point",
        # Where the points before it are on the way already.
        falling=f"update {CURVES} set true_positive_rate = 0 where "
        + _one_row(CURVES, "true_positive_rate > 0.7 and true_positive_rate < 0.95"),
        going_back=f"update {CURVES} set false_positive_rate = 0 where "
        + _one_row(CURVES, "false_positive_rate > 0.7 and false_positive_rate < 0.95"),
        other_area=f"update {EVALUATION} set auc = auc - 0.01",
    ),
    *_defects(
        "users_who_have_not_converted_are_prospects",
        prospect_lost=f"delete from {PROPENSITY} where {_one_row(PROPENSITY)}",
        buyer_is_one=f"update {PROPENSITY} set user_id = 'nobody' "
        f"where {_one_row(PROPENSITY)}",
        other_model=f"update {PROPENSITY} set fitted_model = 'other' "
        f"where fitted_model = (select min(fitted_model) from {PROPENSITY})",
    ),
    *_defects(
        "percentiles_rise_with_the_probability",
        user_lost=f"delete from {PROPENSITY} where {_one_row(PROPENSITY, 'is_open')}",
        percentile_lost=f"update {PROPENSITY} set percentile = null "
        f"where {_one_row(PROPENSITY, 'is_open')}",
        other_way_round=f"update {PROPENSITY} set percentile = 1 - percentile",
        closed_has_one=f"update {PROPENSITY} set percentile = 0.5 "
        f"where {_one_row(PROPENSITY, 'not is_open')}",
        score_moved=f"update {PROPENSITY} set conversion_probability = 1 "
        f"where {_one_row(PROPENSITY, 'percentile < 0.5')}",
    ),
    *_defects(
        "model_evaluation_counts_every_journey",
        split_lost=f"delete from {EVALUATION} where {_one_row(EVALUATION)}",
        split_unknown=f"update {EVALUATION} set split = 'unused' "
        f"where {_one_row(EVALUATION)}",
        journeys_off=f"update {EVALUATION} set journeys = journeys + 1 "
        f"where {_one_row(EVALUATION)}",
        conversions_off=f"update {EVALUATION} set conversions = conversions + 1 "
        f"where {_one_row(EVALUATION)}",
        user_moved="update journeys.int_users set split = 'unused' "
        "where user_key = (select min(user_key) from journeys.int_journeys "
        "where started_at is not null)",
    ),
    *_defects(
        "expect_value_range_fct_journey_scores_conversion_probability",
        above_one=f"update {JOURNEY_SCORES} set conversion_probability = 1.1 "
        f"where {_one_row(JOURNEY_SCORES)}",
        not_a_number=f"update {JOURNEY_SCORES} set conversion_probability = 'nan' "
        f"where {_one_row(JOURNEY_SCORES)}",
    ),
]

DEFECTS = [
    *_OF_THE_LEDGER,
    *_IN_A_MART,
    *_OF_JOURNEYS,
    *_OF_SNAPSHOTS,
    *_OF_FEATURES,
    *_OF_INPUT,
    *_OF_GENERIC_CLAIMS,
    *_OF_FITTED_MODELS,
]

# Under calendar_day, every_conversion and path transforms, tests ask other questions.
DEFECTS_UNDER_OTHER_SETTINGS = [
    *_defects(
        "touchpoints_lie_in_the_lookback",
        a_day_too_early=f"update {JOURNEY_TOUCHPOINTS} as t "
        "set occurred_at = date_trunc('day', c.converted_at) - interval 30 day "
        "- interval 1 microsecond from journeys.int_conversions as c "
        "where t.conversion_key = c.conversion_key and t.position = 1",
    ),
    *_defects(
        "touchpoints_belong_to_one_journey",
        in_no_journey="update journeys.int_journeys "
        "set untransformed_touch_count = untransformed_touch_count - 1 where "
        + _one_row("journeys.int_journeys", "untransformed_touch_count > 1"),
        out_of_nowhere=f"insert into {JOURNEY_TOUCHPOINTS} "
        "by name select 't' as touchpoint_id",
    ),
    *_defects(
        "positions_run_from_one_to_touch_count",
        more_than_found="update journeys.int_journeys "
        "set untransformed_touch_count = 1",
    ),
    *_defects(
        "no_conversion_is_lost",
        not_a_type_that_counts="update staging.base_conversions "
        "set conversion_type = 'lead'",
    ),
]

SESSIONS = "staging.base_sessions"
DISAGREEMENTS = "marts.fct_source_disagreements"
SESSION_FEATURES = "attribution.int_session_features"
ENGAGEMENT = "marts.fct_engagement_evaluation"

# In a database of the dataset `sessions`, for which alone these tests are.
DEFECTS_OF_SESSIONS = [
    *_defects(
        "sessions_are_evaluated_row_by_row",
        lost=f"delete from {SESSIONS} where {_one_row(SESSIONS)}",
        untagged_lost=f"delete from {SESSIONS} where utm_source is null",
        twice=_again(SESSIONS),
        in_place_of_another=f"update {SESSIONS} "
        f"set row_id = (select max(row_id) from {SESSIONS}) where {_one_row(SESSIONS)}",
    ),
    *_defects(
        "sessions_are_touchpoints_and_conversions",
        touchpoint_lost="delete from staging.base_touchpoints where "
        + _one_row("staging.base_touchpoints"),
        touchpoint_rejected="update staging.base_touchpoints "
        "set rejection_reason = 'no reason' where "
        + _one_row("staging.base_touchpoints"),
        other_channel="update staging.base_touchpoints set channel = 'other' where "
        + _one_row("staging.base_touchpoints"),
        other_campaign="update staging.base_touchpoints set campaign = 'other' where "
        + _one_row("staging.base_touchpoints"),
        rejected_and_kept=f"update {SESSIONS} set problem = 'no reason' "
        f"where {_one_row(SESSIONS)}",
        conversion_lost="delete from staging.base_conversions where "
        + _one_row("staging.base_conversions"),
        conversion_of_another="update staging.base_conversions set user_id = 'other' "
        f"where {_one_row('staging.base_conversions')}",
        converts_later="update staging.base_conversions "
        "set converted_at = converted_at + interval 1 microsecond",
        flag_lost=f"update {SESSIONS} set is_conversion = false where is_conversion",
        flag_out_of_nowhere=f"update {SESSIONS} set is_conversion = true "
        f"where {_one_row(SESSIONS, 'not is_conversion')}",
    ),
    *_defects(
        "source_disagreements_account_for_every_session",
        kind_lost=f"delete from {DISAGREEMENTS} where {_one_row(DISAGREEMENTS)}",
        kind_twice=_again(DISAGREEMENTS),
        sessions_off=f"update {DISAGREEMENTS} set sessions = sessions + 1",
        conversions_off=f"update {DISAGREEMENTS} set conversions = conversions - 1 "
        f"where {_one_row(DISAGREEMENTS, 'conversions > 0')}",
        agreeing_counted=f"update {SESSIONS} set referrer_source = source "
        "where referrer_source = 'youtube'",
    ),
    *_defects(
        "session_features_are_observed_at_the_start",
        session_lost=f"delete from {SESSION_FEATURES} "
        f"where {_one_row(SESSION_FEATURES)}",
        session_without_an_end=f"update {SESSION_FEATURES} set session_id = 'nothing' "
        f"where {_one_row(SESSION_FEATURES)}",
        counts_itself=f"update {SESSION_FEATURES} "
        "set earlier_sessions = earlier_sessions + 1",
        own_minutes=f"update {SESSION_FEATURES} set earlier_minutes = "
        "engagement_minutes where earlier_minutes is null",
        # Nobody knows it until five minutes later.
        minutes_of_a_running_session=f"update {SESSION_FEATURES} "
        "set earlier_minutes = 65 where session_id = '4-1'",
        minutes_off=f"update {SESSION_FEATURES} set earlier_minutes = "
        "earlier_minutes * (1 + 1e-6)",
        since_itself=f"update {SESSION_FEATURES} set days_since_previous = 0",
        other_length=f"update {SESSION_FEATURES} set engagement_minutes = "
        f"engagement_minutes + 1 where {_one_row(SESSION_FEATURES)}",
    ),
    *_defects(
        "engagement_is_evaluated_on_every_session",
        test_lost=f"delete from {ENGAGEMENT} where split = 'test'",
        sessions_off=f"update {ENGAGEMENT} set sessions = sessions - 1 "
        "where split = 'test'",
        users_off=f"update {ENGAGEMENT} set users = users - 1 where split = 'test'",
        mean_of_the_test=f"update {ENGAGEMENT} set mean_baseline_mse = "
        f"(select var_pop(engagement_minutes) from {SESSION_FEATURES} "
        "where split = 'test') where split = 'test'",
        not_a_number=f"update {ENGAGEMENT} set mean_baseline_mse = 'nan'",
        unused_evaluated=f"update {ENGAGEMENT} set split = 'unused' "
        "where split = 'validation'",
        longest_lost=f"delete from {SESSION_FEATURES} where engagement_minutes = "
        f"(select max(engagement_minutes) from {SESSION_FEATURES})",
    ),
]

# In a simulated world that is split by time.
DEFECTS_BY_TIME = _defects(
    "snapshots_show_a_journey_no_further_than_it_was_observed",
    converts_after_test_from=f"update {SNAPSHOTS} set is_converted = true where "
    + _one_row(SNAPSHOTS, OF_A_CASE),
    seen_after_test_from=(
        f"update {SNAPSHOTS} set cutoff_at = timestamp '{TEST_FROM}' where "
    )
    + _one_row(SNAPSHOTS, "is_example and split = 'training'"),
    conversion_forgotten=f"update {SNAPSHOTS} set is_converted = false where "
    + _one_row(SNAPSHOTS, "is_example and split = 'training' and is_converted"),
    stands_as_if_it_had_not_converted=(
        f"update {SNAPSHOTS} set is_converted = false where "
    )
    + _one_row(SNAPSHOTS, "is_converted and not is_example"),
)
