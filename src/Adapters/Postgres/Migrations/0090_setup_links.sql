-- The one-time link of the first start, which makes an account the administrator. Only its hash is kept.
create table setup_links (
    hash bytea primary key,
    made_at timestamptz not null,
    used_at timestamptz,
    used_by uuid
);
