-- A growing answer is saved again and again. With its beat in an index each of these made a new entry in all indexes of
-- the table; without, and with some room left in each page, the row changes in its place (a HOT update). The answers under
-- way are few: whoever looks for silent ones reads them all.
drop index messages_running;
create index messages_running on messages (tenant_id, id) where state in ('pending', 'streaming');
alter table messages set (fillfactor = 70);
alter table receipts set (fillfactor = 80);
alter table sessions set (fillfactor = 80);
