-- When somebody was first sent to a lesson with these keys: a Jitsi server cannot be asked whether it takes them.
alter table provider_connections add column first_used_at timestamptz;
