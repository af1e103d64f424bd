-- What people are told: mail, notifications, and who looked at what is theirs.

-- body goes when the mail has gone: links in it are secrets.
create table outbox (
  tenant_id  uuid not null references organizations (tenant_id),
  id         uuid not null,
  member_id  uuid,
  kind       text not null,
  recipient  bytea not null,
  body       bytea,
  state      text not null default 'waiting' check (state in ('waiting', 'sent', 'refused', 'failed', 'dropped')),
  reason     text not null default '',
  tries      integer not null default 0,
  next_at    timestamptz,
  created_at timestamptz not null,
  sent_at    timestamptz,
  primary key (tenant_id, id),
  foreign key (tenant_id, member_id) references members (tenant_id, id) on delete cascade
);
create index outbox_waiting on outbox (created_at) where state = 'waiting';

create table notifications (
  tenant_id  uuid not null,
  id         uuid not null,
  member_id  uuid not null,
  kind       text not null,
  about      text not null default '',
  object     uuid,
  body       bytea not null,
  digest     boolean not null default false,
  read_at    timestamptz,
  created_at timestamptz not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, member_id) references members (tenant_id, id) on delete cascade
);
create index notifications_by_member on notifications (tenant_id, member_id, id desc);
create index notifications_unread on notifications (tenant_id, member_id) where read_at is null;
create index notifications_for_digest on notifications (tenant_id, member_id) where digest;

create table notice_choices (
  tenant_id  uuid not null,
  member_id  uuid not null,
  kind       text not null,
  in_product boolean not null,
  email      text not null check (email in ('now', 'digest', 'off')),
  primary key (tenant_id, member_id, kind),
  foreign key (tenant_id, member_id) references members (tenant_id, id) on delete cascade
);

-- Who looked at what is a person's own. The person sees it.
create table looks (
  tenant_id uuid not null,
  id        uuid not null,
  member_id uuid not null,
  looked_by uuid not null,
  what      text not null check (what in ('receipt', 'receipts', 'sign_ins', 'access', 'profile')),
  object    uuid,
  at        timestamptz not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, member_id) references members (tenant_id, id) on delete cascade
);
create index looks_by_member on looks (tenant_id, member_id, id desc);

-- How often which part was used on a day (P7): a closed list of events, no content, no time of day.
create table usage_events (
  tenant_id uuid not null,
  member_id uuid not null,
  event     text not null check (event in ('home', 'copilot_asked', 'search', 'document_opened', 'document_added', 'people', 'admin')),
  day       date not null,
  times     integer not null,
  primary key (tenant_id, member_id, event, day),
  foreign key (tenant_id, member_id) references members (tenant_id, id) on delete cascade
);

-- Walls: as in 0002, for every table with a tenant_id that has none yet.
do $$
declare
  t text;
begin
  for t in select c.table_name from information_schema.columns c join pg_class k on k.oid = format('public.%I', c.table_name)::regclass
      where c.table_schema = 'public' and c.column_name = 'tenant_id' and not k.relrowsecurity loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy own_organization on %I to aimyorg_app using (tenant_id = current_setting(''app.tenant_id'')::uuid)
      with check (tenant_id = current_setting(''app.tenant_id'')::uuid)', t);
    execute format('grant select, insert, update, delete on %I to aimyorg_app', t);
  end loop;
end $$;

-- What is written once stays as it was written.
revoke update, delete on moves, looks from aimyorg_app;

-- Finding work: ids, states and times.
grant select (tenant_id, id, state, next_at, created_at) on outbox to aimyorg_worker;
create policy find_work on outbox for select to aimyorg_worker using (true);
grant select (tenant_id, member_id, digest) on notifications to aimyorg_worker;
create policy find_work on notifications for select to aimyorg_worker using (true);
grant select (tenant_id, id, shortened, at) on sign_ins to aimyorg_worker;
create policy find_work on sign_ins for select to aimyorg_worker using (true);
grant select (tenant_id, day), delete on usage_events to aimyorg_worker;
create policy end_over on usage_events to aimyorg_worker using (true) with check (false);
