-- Whether the tutor said in the room that the lesson is recorded, or not; null while nobody said anything, and what the tutor prefers holds.
alter table room_states add column recorded boolean;
