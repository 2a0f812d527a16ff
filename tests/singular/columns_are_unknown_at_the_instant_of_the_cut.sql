-- Guards what fitted models learn from: of a touchpoint at the very instant of the cut
-- no column of the input is known, and none comes after it. Where conversions are
-- recorded as touchpoints, such a column may be the label.
select
    touchpoints.cut_key,
    touchpoints.place,
    touchpoints.days_before_cut
from {{ ref('int_cut_touchpoints') }} as touchpoints
inner join {{ ref('int_journey_cuts') }} as cuts
    on touchpoints.cut_key = cuts.cut_key
where
    (touchpoints.occurred_at >= cuts.cut_at and touchpoints.features is not null)
    or touchpoints.days_before_cut < 0
    or (touchpoints.days_before_cut > 0)
    <> (touchpoints.occurred_at < coalesce(cuts.at_risk_until, cuts.cut_at))
