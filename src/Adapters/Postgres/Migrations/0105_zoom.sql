-- What this server remembers of the Zoom meetings it made. The truth is at Zoom, where each meeting's agenda names its lesson; a row only says
-- where to look first, and whether a creation's end is unknown.
create table zoom_meetings (
    lesson_id    uuid primary key,
    -- Whose account: null is the school's.
    tutor_id     uuid,
    -- Zoom user in whose name it was made; 'me' in a tutor's own account.
    host         text not null,
    -- Null until Zoom has answered.
    meeting_id   bigint,
    -- Since when a meeting may be there that nobody has seen; null when none can be.
    unsure_since timestamptz
);

-- Creations and changes of a host in a day of UTC: Zoom grants 100. Older days are deleted when a new one begins.
create table zoom_writes (
    host text not null,
    day  date not null,
    used int  not null,
    primary key (host, day)
);
