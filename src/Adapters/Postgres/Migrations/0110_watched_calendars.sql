-- Calendars of Google that hold coming lessons. What a push says is only "look": the truth is in the calendar.
create table watched_calendars (
    -- 'school:' with the Workspace user, or 'tutor:' with the tutor's id
    calendar   text        primary key,
    -- From where the next list of changes goes on; null: from now.
    sync_token text,
    -- Raised by each push; changes are read while it is above synced.
    wanted     bigint      not null default 1,
    synced     bigint      not null default 0,
    synced_at  timestamptz,
    not_before timestamptz
);

-- Push channels. Several of one calendar while one follows the other.
create table calendar_channels (
    id           uuid        primary key,
    calendar     text        not null references watched_calendars on delete cascade,
    -- Null until Google has answered: the first push may come before.
    resource     text,
    token_hash   bytea       not null,
    opened_at    timestamptz not null,
    expires_at   timestamptz not null,
    -- Number of the last push; they rise, with gaps.
    last_message bigint      not null default 0
);
create index calendar_channels_of_calendar on calendar_channels (calendar);
