package store

import "maps"

// Class says whose a column is and what kind of data it holds.
type Class string

// The classes. Everything that people wrote is Content or Identity and sealed; the rest says when, how much, in which
// state and who relates to whom.
const (
	Identity Class = "identity" // who a person is
	Content  Class = "content"  // what people wrote or uploaded, and what was answered
	Secrets  Class = "secret"   // keys and hashes of secrets; never exported
	Relation Class = "relation" // ids
	State    Class = "state"    // states, settings, counts, sizes
	Moment   Class = "moment"   // times
	Index    Class = "index"    // derived for search; rebuilt, never exported
)

// Kept is a retention class of PROMISES §2.1.
type Kept string

// The retention classes in use.
const (
	KeptActive  Kept = "active"
	KeptAILog   Kept = "ailog"
	KeptEgress  Kept = "egress"
	KeptAudit   Kept = "audit"
	KeptSession Kept = "authlog"
	KeptUsage   Kept = "usage"
	KeptNever   Kept = "operational" // not of any organization
)

// Column is one column of the catalogue.
type Column struct {
	Class    Class
	Sealed   bool
	Personal bool // part of the copy of a person's data (P71)
	Export   bool // part of an organization's export (P72, P77)
}

// Table is one table of the catalogue.
type Table struct {
	Kept    Kept
	Purpose string // in words, for the data map
	Tenant  bool   // begins with tenant_id, under row-level security
	Columns map[string]Column
}

func sealed(c Class, personal bool) Column {
	return Column{Class: c, Sealed: true, Personal: personal, Export: c == Content || c == Identity}
}

func relation() Column { return Column{Class: Relation, Export: true} }
func state() Column    { return Column{Class: State, Export: true} }
func moment() Column   { return Column{Class: Moment, Export: true} }
func secret() Column   { return Column{Class: Secrets} }
func index() Column    { return Column{Class: Index} }

// Catalogue lists every table and column: whose, what class of data, sealed or not, exported or not, kept how long. A test
// holds it against the live schema, so that nothing is collected that is not listed here (P2, P3, P17); export, deletion,
// retention and the data map are driven by it.
func Catalogue() map[string]Table {
	out := map[string]Table{}
	for _, part := range []map[string]Table{accountTables(), doorTables(), noticeTables(), knowledgeTables(),
		copilotTables(), recordTables(), installationTables()} {
		maps.Copy(out, part)
	}
	return out
}

// accountTables are about people, what they may and what they agreed to.
func accountTables() map[string]Table {
	return map[string]Table{
		"organizations": {KeptActive, "account", true, map[string]Column{"tenant_id": relation(), "name": sealed(Content, false),
			"state": state(), "leaves_at": moment(), "ai_enabled": state(), "ai_provider": state(), "factor_required": state(),
			"sso_required": state(), "created_at": moment()}},
		"members": {KeptActive, "account", true, map[string]Column{"tenant_id": relation(), "id": relation(),
			"email": sealed(Identity, true), "email_lookup": secret(), "name": sealed(Identity, true), "title": sealed(Identity, true),
			"department_id": relation(), "role": state(), "role_id": relation(), "locale": state(), "time_zone": state(), "measured": state(),
			"changed": index(), "active": state(), "password_hash": secret(), "policy_version": state(), "business": state(),
			"theme": state(), "panel_width": state(), "panel_folded": state(), "created_at": moment()}},
		"roles": {KeptActive, "account", true, map[string]Column{"tenant_id": relation(), "id": relation(), "name": sealed(Content, false),
			"permissions": state(), "created_at": moment()}},
		"departments": {KeptActive, "account", true, map[string]Column{"tenant_id": relation(), "id": relation(), "parent_id": relation(),
			"name": sealed(Content, false), "manager_id": relation(), "created_at": moment()}},
		"moves": {KeptActive, "account", true, map[string]Column{"tenant_id": relation(), "id": relation(), "kind": state(), "subject": relation(),
			"from_id": relation(), "to_id": relation(), "moved_by": relation(), "at": moment()}},
		"invitations": {KeptActive, "account", true, map[string]Column{"tenant_id": relation(), "id": relation(), "email": sealed(Identity, true),
			"email_lookup": secret(), "name": sealed(Identity, true), "role": state(), "role_id": relation(), "department_id": relation(),
			"token_hash": secret(), "mail_id": relation(), "invited_by": relation(), "created_at": moment(), "expires_at": moment(),
			"accepted_at": moment(), "revoked_at": moment(), "member_id": relation()}},
		"standings": {KeptActive, "account", true, map[string]Column{"tenant_id": relation(), "epoch": index()}},
		"consents": {KeptActive, "consent", true, map[string]Column{"tenant_id": relation(), "id": relation(), "member_id": relation(),
			"provider": state(), "data_class": state(), "purpose": state(), "given": state(), "policy_version": state(),
			"text_hash": state(), "surface": state(), "at": moment()}},
	}
}

// doorTables are about how people come in.
func doorTables() map[string]Table {
	return map[string]Table{
		"sessions": {KeptSession, "security", true, map[string]Column{"tenant_id": relation(), "id": relation(), "member_id": relation(),
			"token_hash": secret(), "device": sealed(Identity, true), "address": sealed(Identity, true), "created_at": moment(),
			"seen_at": moment(), "stage": state(), "method": state(), "proved_at": moment(), "screen_width": state(), "screen_height": state(),
			"screen_ratio": state()}},
		"authenticators": {KeptActive, "security", true, map[string]Column{"tenant_id": relation(), "id": relation(), "member_id": relation(),
			"secret": {Class: Secrets, Sealed: true}, "step": secret(), "failures": state(), "locked_until": moment(), "confirmed_at": moment(),
			"used_at": moment(), "created_at": moment()}},
		"recovery_codes": {KeptActive, "security", true, map[string]Column{"tenant_id": relation(), "id": relation(), "member_id": relation(),
			"hash": secret(), "used_at": moment()}},
		"passkeys": {KeptActive, "security", true, map[string]Column{"tenant_id": relation(), "id": relation(), "member_id": relation(),
			"lookup": secret(), "credential": {Class: Secrets, Sealed: true}, "name": sealed(Identity, true), "used_at": moment(),
			"created_at": moment()}},
		"sign_ins": {KeptSession, "security", true, map[string]Column{"tenant_id": relation(), "id": relation(), "member_id": relation(),
			"method": state(), "outcome": state(), "device": sealed(Identity, true), "address": sealed(Identity, true), "shortened": state(),
			"mark": secret(), "at": moment()}},
		"links": {KeptSession, "security", true, map[string]Column{"tenant_id": relation(), "id": relation(), "member_id": relation(),
			"purpose": state(), "token_hash": secret(), "body": {Class: Secrets, Sealed: true}, "created_at": moment(), "expires_at": moment(),
			"used_at": moment()}},
		"sso": {KeptActive, "security", true, map[string]Column{"tenant_id": relation(), "issuer": sealed(Content, false),
			"client_id": sealed(Content, false), "client_secret": {Class: Secrets, Sealed: true}, "enabled": state(), "provision": state(),
			"role": state(), "role_id": relation(), "updated_at": moment()}},
		"sso_groups": {KeptActive, "security", true, map[string]Column{"tenant_id": relation(), "id": relation(), "name": sealed(Content, false),
			"kind": state(), "subject": relation()}},
		"domains": {KeptActive, "security", true, map[string]Column{"tenant_id": relation(), "id": relation(), "name": sealed(Content, false),
			"lookup": secret(), "token": state(), "verified_at": moment(), "checked_at": moment(), "failing_at": moment(), "created_at": moment()}},
		"identities": {KeptActive, "security", true, map[string]Column{"tenant_id": relation(), "id": relation(), "member_id": relation(),
			"lookup": secret(), "used_at": moment(), "created_at": moment()}},
	}
}

// noticeTables are about what people are told and what is counted.
func noticeTables() map[string]Table {
	return map[string]Table{
		"outbox": {KeptSession, "mail", true, map[string]Column{"tenant_id": relation(), "id": relation(), "member_id": relation(), "kind": state(),
			"recipient": sealed(Identity, true), "body": {Class: Secrets, Sealed: true}, "state": state(), "reason": state(), "tries": state(),
			"next_at": moment(), "created_at": moment(), "sent_at": moment()}},
		"notifications": {KeptActive, "notifications", true, map[string]Column{"tenant_id": relation(), "id": relation(), "member_id": relation(),
			"kind": state(), "about": state(), "object": relation(), "body": sealed(Content, true), "digest": state(), "read_at": moment(),
			"created_at": moment()}},
		"notice_choices": {KeptActive, "notifications", true, map[string]Column{"tenant_id": relation(), "member_id": relation(), "kind": state(),
			"in_product": state(), "email": state()}},
		"looks": {KeptAudit, "who looked at a person's data", true, map[string]Column{"tenant_id": relation(), "id": relation(),
			"member_id": relation(), "looked_by": relation(), "what": state(), "object": relation(), "at": moment()}},
		"usage_events": {KeptUsage, "usage", true, map[string]Column{"tenant_id": relation(), "member_id": relation(), "event": state(),
			"day": moment(), "times": state()}},
	}
}

// knowledgeTables are about documents and the search over them.
func knowledgeTables() map[string]Table {
	return map[string]Table{
		"collections": {KeptActive, "knowledge", true, map[string]Column{"tenant_id": relation(), "id": relation(),
			"name": sealed(Content, false), "description": sealed(Content, false), "ai_allowed": state(), "created_by": relation(),
			"created_at": moment()}},
		"collection_access": {KeptActive, "knowledge", true, map[string]Column{"tenant_id": relation(), "collection_id": relation(),
			"kind": state(), "subject": relation(), "denied": state()}},
		"document_access": {KeptActive, "knowledge", true, map[string]Column{"tenant_id": relation(), "document_id": relation(),
			"kind": state(), "subject": relation(), "denied": state()}},
		"documents": {KeptActive, "knowledge", true, map[string]Column{"tenant_id": relation(), "id": relation(), "collection_id": relation(),
			"title": sealed(Content, false), "current_id": relation(), "created_by": relation(), "created_at": moment()}},
		"document_versions": {KeptActive, "knowledge", true, map[string]Column{"tenant_id": relation(), "id": relation(),
			"document_id": relation(), "number": state(), "num": index(), "file_name": sealed(Content, false), "media_type": state(),
			"bytes": state(), "digest": secret(), "written": state(), "state": state(), "reason": state(), "pages": state(),
			"passages": state(), "created_by": relation(), "created_at": moment()}},
		"document_parts": {KeptActive, "knowledge", true, map[string]Column{"tenant_id": relation(), "version_id": relation(), "part": state(),
			"first_byte": state(), "last_byte": state(), "body": sealed(Content, false)}},
		"passages": {KeptActive, "search", true, map[string]Column{"tenant_id": relation(), "version_id": relation(), "ordinal": index(),
			"first_byte": index(), "last_byte": index(), "place": {Class: Index, Sealed: true}, "body": {Class: Index, Sealed: true}}},
		"search_state": {KeptActive, "search", true, map[string]Column{"tenant_id": relation(), "next_number": index(), "epoch": index()}},
		"search_segments": {KeptActive, "search", true, map[string]Column{"tenant_id": relation(), "segment": index(), "passages": index(),
			"directory": {Class: Index, Sealed: true}, "pages": {Class: Index, Sealed: true}}},
		"search_pages": {KeptActive, "search", true, map[string]Column{"tenant_id": relation(), "segment": index(), "page": index(),
			"data": {Class: Index, Sealed: true}}},
	}
}

// copilotTables are about questions, answers, what left and the settings for it.
func copilotTables() map[string]Table {
	return map[string]Table{
		"ai_providers": {KeptActive, "AI settings", true, map[string]Column{"tenant_id": relation(), "provider": state(), "enabled": state(),
			"api_key": {Class: Secrets, Sealed: true}, "models": state(), "default_model": state(), "updated_at": moment()}},
		"conversations": {KeptAILog, "Copilot", true, map[string]Column{"tenant_id": relation(), "id": relation(), "member_id": relation(),
			"title": sealed(Content, true), "created_at": moment(), "updated_at": moment()}},
		"messages": {KeptAILog, "Copilot", true, map[string]Column{"tenant_id": relation(), "id": relation(), "conversation_id": relation(),
			"member_id": relation(), "answer": state(), "question_id": relation(), "about_id": relation(), "body": sealed(Content, true), "state": state(),
			"reason": state(), "retry_after": state(), "provider": state(), "model": state(), "quoting": state(), "withheld": state(),
			"receipt_id": relation(), "stop": state(), "beat_at": moment(), "created_at": moment(), "finished_at": moment()}},
		"citations": {KeptAILog, "Copilot", true, map[string]Column{"tenant_id": relation(), "message_id": relation(), "number": state(),
			"document_id": relation(), "version_id": relation(), "ordinal": state()}},
		"receipts": {KeptEgress, "egress ledger", true, map[string]Column{"tenant_id": relation(), "id": relation(), "member_id": relation(),
			"message_id": relation(), "conversation_id": relation(), "purpose": state(), "provider": state(), "host": state(),
			"model": state(), "served": state(), "served_by": state(), "upstream": state(), "classes": state(), "flags": state(),
			"consents": relation(), "policy_version": state(), "bytes_out": state(), "bytes_in": state(), "tokens_in": state(),
			"tokens_out": state(), "estimated": state(), "body_mac": state(), "outcome": state(), "status": state(),
			"started_at": moment(), "ended_at": moment()}},
		"receipt_sources": {KeptEgress, "egress ledger", true, map[string]Column{"tenant_id": relation(), "receipt_id": relation(),
			"position": state(), "document_id": relation(), "version_id": relation(), "ordinal": state()}},
	}
}

// recordTables are about the audit log.
func recordTables() map[string]Table {
	return map[string]Table{
		"audit_entries": {KeptAudit, "audit log", true, map[string]Column{"tenant_id": relation(), "id": relation(), "at": moment(),
			"actor": relation(), "verb": state(), "kind": state(), "object": relation(), "detail": sealed(Content, false),
			"salt": secret(), "commitment": state()}},
		"audit_batches": {KeptAudit, "audit log", true, map[string]Column{"tenant_id": relation(), "number": state(), "entries": state(),
			"last_id": relation(), "root": state(), "previous": state(), "hash": state(), "sealed_at": moment()}},
		"audit_members": {KeptAudit, "audit log", true, map[string]Column{"tenant_id": relation(), "number": state(), "position": state(),
			"entry_id": relation()}},
	}
}

// installationTables are about what is of no organization.
func installationTables() map[string]Table {
	return map[string]Table{
		"policy_versions": {KeptNever, "privacy policy", false, map[string]Column{"version": state(), "text_hash": state(), "material": state(),
			"published_at": moment(), "effective_at": moment()}},
		"attempts": {KeptNever, "sign-in throttle", false, map[string]Column{"key": secret(), "count": state(), "since": moment()}},
		"challenges": {KeptNever, "unanswered questions at the door", false, map[string]Column{"key": secret(), "purpose": state(),
			"body": {Class: Secrets, Sealed: true}, "expires_at": moment()}},
		"reset_requests": {KeptNever, "who asked for a new password", false, map[string]Column{"id": relation(),
			"email": sealed(Identity, false), "at": moment()}},
		"workers":    {KeptNever, "processes at work", false, map[string]Column{"id": relation(), "beat_at": moment()}},
		"migrations": {KeptNever, "schema", false, map[string]Column{"name": state(), "digest": state(), "at": moment()}},
	}
}

// AboutPeople says whether a table has rows about particular people: what their own page lists.
func (t Table) AboutPeople() bool {
	_, has := t.Columns["member_id"]
	for _, c := range t.Columns {
		has = has || c.Personal
	}
	return has
}
