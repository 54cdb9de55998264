-- A picture that was uploaded here, by the id that media knows it by; beside the address of one elsewhere.
alter table users add column picture_id uuid;
