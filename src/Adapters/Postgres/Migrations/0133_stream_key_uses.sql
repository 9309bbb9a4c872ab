-- When a stream key last let somebody in. Not an event, and kept when the read model of the keys is built anew.
create table stream_key_uses (
    key_id  uuid        primary key,
    used_at timestamptz not null
);
