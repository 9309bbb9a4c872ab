-- How often in a row every provider had failed to arrange a meeting; with seen_at, the time of the last failure, it says when to try again (inline).
alter table meetings
    add column failures integer not null default 0;

-- Asked for every half minute; lessons that are over stay in it, and are few.
create index meetings_failed on meetings (lesson_id) where state = 'failed';
