-- An organization's standing moves with every change of who may what: its switch and providers, its people and their
-- roles, consents, sessions that are ended, answers that are to stop. Whoever knew an answer to such a question under one
-- epoch knows it until the epoch moves, in every process.
create table standings (
  tenant_id uuid primary key references organizations (tenant_id),
  epoch     bigint not null
);
insert into standings select tenant_id, 1 from organizations;
alter table standings enable row level security;
alter table standings force row level security;
create policy own_organization on standings to aimyorg_app using (tenant_id = current_setting('app.tenant_id')::uuid)
  with check (tenant_id = current_setting('app.tenant_id')::uuid);
grant select, insert, update, delete on standings to aimyorg_app;
grant select on standings to aimyorg_worker;
create policy find_work on standings for select to aimyorg_worker using (true);
