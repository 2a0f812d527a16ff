-- Guards what fitted models learn from: of a touchpoint at the very instant of the
-- cutoff no column of the input is known, and none comes after it. Where conversions
-- are recorded as touchpoints, such a column may be the label.
select
    touchpoints.snapshot_key,
    touchpoints.position,
    touchpoints.days_before_cutoff
from {{ ref('int_snapshot_touchpoints') }} as touchpoints
inner join {{ ref('int_journey_snapshots') }} as snapshots
    on touchpoints.snapshot_key = snapshots.snapshot_key
where
    (
        touchpoints.occurred_at >= snapshots.cutoff_at
        and touchpoints.features is not null
    )
    or touchpoints.days_before_cutoff < 0
    or (touchpoints.days_before_cutoff > 0)
    <> (
        touchpoints.occurred_at < coalesce(snapshots.at_risk_until, snapshots.cutoff_at)
    )
