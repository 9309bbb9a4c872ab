-- Read model of meeting_* (inline), beside what the first version had: enough to ask the provider without folding the stream.
alter table meetings
    add column reference text,
    -- when it was last known to be at the provider as it should be
    add column seen_at   timestamptz;

-- Every place that a meeting ever had, so that what a provider tells late of one that was lost still finds its lesson (inline).
create table meeting_places (
    provider  text not null,
    reference text not null,
    lesson_id uuid not null,
    primary key (provider, reference)
);

-- Written before a provider is asked to make a meeting and taken away in the transaction that knows the end: a row of another provider than
-- the one in use means that a meeting may have been left there. Not rebuildable.
create table meeting_attempts (
    lesson_id uuid        not null,
    provider  text        not null,
    at        timestamptz not null default clock_timestamp(),
    primary key (lesson_id, provider)
);
