-- Files of room recordings on their way into the bucket, and how far they are. Written before the first byte is sent, so that a deletion knows what
-- may be there. Not rebuildable.
create table room_shelvings (
    recording_id uuid   not null,
    name         text   not null,
    size         bigint not null,
    sent         bigint not null default 0,
    primary key (recording_id, name)
);
