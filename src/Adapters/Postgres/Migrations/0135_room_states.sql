-- What a lesson's room must still know when its server was killed and came back: who was let in, whom the tutor silenced, whether the door
-- is closed. Not events, and gone with the lesson.
create table room_states (
    lesson_id      uuid        primary key,
    known          uuid[]      not null,
    silenced_audio uuid[]      not null,
    silenced_video uuid[]      not null,
    door_closed    boolean     not null,
    changed_at     timestamptz not null
);
