-- Posting blocks lie in pages, in the order of their keyed terms: a segment is few rows however many words it has, and how
-- often a term occurs shows no more. The sealed column pages of a segment says which page holds which terms.
-- What was indexed before is read again from the originals: whoever serves next finds the documents waiting.
drop table search_blocks;
delete from search_segments;
delete from passages;
delete from document_parts;
update document_versions set state = 'waiting', passages = 0, pages = 0 where state = 'ready';
alter table search_segments add column pages bytea not null;
alter table search_segments alter column pages set storage external;

create table search_pages (
  tenant_id uuid not null,
  segment   bigint not null,
  page      integer not null,
  data      bytea not null,
  primary key (tenant_id, segment, page),
  foreign key (tenant_id, segment) references search_segments (tenant_id, segment) on delete cascade deferrable initially deferred
);
alter table search_pages alter column data set storage external;
alter table search_pages enable row level security;
alter table search_pages force row level security;
create policy own_organization on search_pages to aimyorg_app using (tenant_id = current_setting('app.tenant_id')::uuid)
  with check (tenant_id = current_setting('app.tenant_id')::uuid);
grant select, insert, delete on search_pages to aimyorg_app;
