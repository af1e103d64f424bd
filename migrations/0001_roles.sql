-- The application's roles own nothing, bypass nothing and may do only what 0002 and later grant them (P29).
--   aimyorg_app     every request: one organization per transaction, under row-level security
--   aimyorg_door    what happens before an organization is known: finding accounts by address, counting attempts
--   aimyorg_worker  claiming jobs and finding which organizations have work; reads no content
do $$
declare
  wanted text;
begin
  foreach wanted in array array['aimyorg_app', 'aimyorg_door', 'aimyorg_worker'] loop
    if not exists (select from pg_roles where rolname = wanted) then
      execute format('create role %I login nosuperuser nobypassrls nocreatedb nocreaterole noreplication', wanted);
    end if;
  end loop;
end $$;

revoke all on schema public from public;
grant usage on schema public to aimyorg_app, aimyorg_door, aimyorg_worker;
-- The organization is chosen by SET LOCAL only, which the connector alone sends; set_config() would offer a second way.
revoke execute on function set_config(text, text, boolean) from public;
