-- Marten's tables and column meanings, so that a Marten user feels at home and a later move is INSERT … SELECT.
create extension if not exists btree_gist;

create table mt_streams (
    id          uuid        primary key,
    type        text        not null,
    version     bigint      not null,
    "timestamp" timestamptz not null default clock_timestamp(),
    created     timestamptz not null default clock_timestamp(),
    is_archived boolean     not null default false
);

-- CACHE 1: with a larger cache a connection would hand out old numbers long after settled() has passed them.
create sequence mt_events_sequence as bigint cache 1;

create table mt_events (
    seq_id       bigint      primary key,
    id           uuid        not null,
    stream_id    uuid        not null references mt_streams (id),
    version      bigint      not null,
    data         jsonb       not null,
    type         text        not null,
    type_version smallint    not null default 1,
    "timestamp"  timestamptz not null,
    headers      jsonb,
    is_archived  boolean     not null default false,
    constraint pk_mt_events_stream_and_version unique (stream_id, version)
);
alter sequence mt_events_sequence owned by mt_events.seq_id;

create table mt_event_progression (
    name         text        primary key,
    last_seq_id  bigint      not null,
    last_updated timestamptz not null default clock_timestamp(),
    stopped_at   bigint,
    stopped_by   text
);

create table errands (
    id           uuid        primary key,
    kind         text        not null,
    body         jsonb       not null,
    caused_by    uuid        not null,
    due_at       timestamptz not null,
    attempts     int         not null default 0,
    leased_until timestamptz,
    last_error   text,
    created_at   timestamptz not null default clock_timestamp(),
    done_at      timestamptz,
    dead_at      timestamptz
);
create index errands_due on errands (due_at) where done_at is null and dead_at is null;
create index errands_dead on errands (dead_at) where dead_at is not null;
create index errands_done on errands (done_at) where done_at is not null;

create table received (
    source      text        not null,
    id          text        not null,
    received_at timestamptz not null default clock_timestamp(),
    primary key (source, id)
);

-- Up to where a reader may read without losing an event that commits later. A writer marks (takes a shared advisory lock that names the last
-- number drawn so far) before it draws its own number; so every number above the lowest mark may still be open, and none at or below it is.
-- A rolled-back or killed writer's mark goes with it: its hole is passed at once.
create function settled() returns bigint language plpgsql as $$
declare
    ceiling bigint;
    held bigint;
begin
    -- Before the locks: a writer that draws later has a number above this ceiling.
    select case when is_called then last_value else 0 end into ceiling from mt_events_sequence;
    select min(((classid::bigint << 32) | objid::bigint) & x'0000ffffffffffff'::bigint) into held
      from pg_locks
     where locktype = 'advisory' and objsubid = 1 and (classid::bigint >> 16) = x'4d55'::bigint
       -- pg_locks shows the marks of other databases of the cluster, too.
       and database = (select oid from pg_database where datname = current_database());
    return least(ceiling, coalesce(held, ceiling));
end $$;

-- Appends to one or more streams. Arrays s_* hold one entry per stream IN THE ORDER OF IDS (so that two appends cannot deadlock), e_* one
-- entry per event in the order of recording; e_headers is the same for all. s_expected is the version before; s_starts says that the stream must not exist.
create function mt_append(
    s_ids uuid[], s_types text[], s_expected bigint[], s_counts int[], s_starts boolean[],
    e_ids uuid[], e_streams uuid[], e_versions bigint[], e_types text[], e_type_versions smallint[], e_data jsonb[], e_headers jsonb)
returns table (seq bigint, at timestamptz) language plpgsql as $$
declare
    found_version bigint;
    found_archived boolean;
begin
    for i in 1 .. cardinality(s_ids) loop
        if s_starts[i] then
            insert into mt_streams (id, type, version) values (s_ids[i], s_types[i], s_counts[i]);
        else
            update mt_streams s set version = s.version + s_counts[i], "timestamp" = clock_timestamp()
             where s.id = s_ids[i] and s.version = s_expected[i] and not s.is_archived;
            if not found then
                select s.version, s.is_archived into found_version, found_archived from mt_streams s where s.id = s_ids[i];
                raise exception using
                    errcode = case when found_archived then 'MU002' else 'MU001' end,
                    -- stream/expected/found, read by SaveChanges.cs; the message, because Npgsql withholds details.
                    message = format('%s/%s/%s', s_ids[i], s_expected[i], coalesce(found_version, 0));
            end if;
        end if;
    end loop;

    -- Mark, then draw. After the mark nothing may wait for another writer.
    perform pg_advisory_xact_lock_shared((x'4d55'::bigint << 48) |
        (select case when is_called then last_value else 0 end from mt_events_sequence));

    return query
        insert into mt_events (seq_id, id, stream_id, version, type, type_version, data, headers, "timestamp")
        select nextval('mt_events_sequence'), e.id, e.stream_id, e.version, e.type, e.type_version, e.data, e_headers, clock_timestamp()
          from unnest(e_ids, e_streams, e_versions, e_types, e_type_versions, e_data)
            as e (id, stream_id, version, type, type_version, data)
        returning seq_id, "timestamp";
end $$;
