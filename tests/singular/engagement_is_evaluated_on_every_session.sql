{{ config(enabled=var('dataset') == 'sessions') }}

-- Guards that the regressor of minutes is evaluated on all sessions and users of a
-- split, beside the mean of the training sessions alone. Without it, a baseline that
-- had seen the test, or a test without its long sessions, would settle who wins.
with

features as (

    select * from {{ ref('int_session_features') }}
    where split in ('training', 'validation', 'test')

),

trained as (

    select {{ exact_sum('engagement_minutes') }} / count(*) as mean_minutes
    from features
    where split = 'training'
    -- Nothing is learned, and nothing evaluated, without training sessions.
    having count(*) > 0

),

actual as (

    select
        features.split,
        count(*) as sessions,
        count(distinct features.user_key) as users,
        {{ exact_sum('power(features.engagement_minutes - trained.mean_minutes, 2)') }}
        / count(*) as mean_baseline_mse
    from features
    cross join trained
    group by features.split

)

select
    coalesce(actual.split, evaluation.split) as split,
    actual.sessions as actual_sessions,
    evaluation.sessions,
    actual.mean_baseline_mse as actual_baseline,
    evaluation.mean_baseline_mse
from actual
full outer join {{ ref('fct_engagement_evaluation') }} as evaluation
    on actual.split = evaluation.split
where
    actual.split is null
    or evaluation.split is null
    or actual.sessions <> evaluation.sessions
    or actual.users <> evaluation.users
    or {{ is_not_close('evaluation.mean_baseline_mse', 'actual.mean_baseline_mse') }}
