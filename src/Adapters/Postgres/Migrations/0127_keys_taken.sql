-- When a Jitsi server was shown these keys and took them; null where it lets nobody try, and of keys from before Muse asked.
alter table provider_connections add column keys_taken_at timestamptz;
