-- When people forgot last what they had listened to: what was heard no later says nothing of their taste any more, also
-- when it is told afterwards.
create table history_cleared (
    user_id uuid not null,
    cleared_at timestamptz not null,
    constraint history_cleared_pkey primary key (user_id)
);
