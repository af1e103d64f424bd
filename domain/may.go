package domain

// Verb is what somebody wants of a thing.
type Verb string

// Use is for what a permission stands for, a page or an act; knowledge is read, or changed with its access.
const (
	Use    Verb = "use"
	Read   Verb = "read"
	Change Verb = "change"
)

// Who is who wants it: somebody with their role, and the departments that they belong to: their own and all above it.
type Who struct {
	Actor
	Departments []ID
}

// Thing is what a ruling is about: a permission, a collection, or a document in a collection. Make one with its methods.
type Thing struct {
	permission           Permission
	inside               bool // a document
	collection, document Guarded
}

// Guarded has a maker and lines of access.
type Guarded struct {
	CreatedBy ID
	Access    []Access
}

// Thing is what routes ask about.
func (p Permission) Thing() Thing { return Thing{permission: p} }

// Thing is a collection as rulings see it.
func (c Collection) Thing() Thing { return Thing{collection: Guarded{c.CreatedBy, c.Access}} }

// Thing is a document as rulings see it: with the collection that it is in.
func (d Document) Thing(in Collection) Thing {
	return Thing{collection: Guarded{in.CreatedBy, in.Access}, document: Guarded{d.CreatedBy, d.Access}, inside: true}
}

// Rule says why a ruling is as it is.
type Rule string

// The rules, in the order in which they decide.
const (
	ByPublic     Rule = "public"     // it is for anybody
	BySession    Rule = "session"    // signing in is not finished, or is all that it takes
	ByPermission Rule = "permission" // the role has the permission, or has not
	ByOwner      Rule = "owner"      // nobody can lock the organization's owner out
	ByDenial     Rule = "denial"     // a line denies; it wins over all that allow
	BySharing    Rule = "sharing"    // who shares knowledge could allow themselves at any moment
	ByMaking     Rule = "making"     // who made it
	ByLine       Rule = "line"       // a line allows
	ByNoLine     Rule = "no_line"    // no line of the collection names them
	ByNarrowing  Rule = "narrowing"  // the document has lines of its own, and none names them
	ByNotMaking  Rule = "not_making" // only who made it, and who shares knowledge, may change it
)

// Place is whose line or maker decided.
type Place string

// A ruling is made at the collection or at the document itself; rulings about permissions at neither.
const (
	AtCollection Place = "collection"
	AtDocument   Place = "document"
)

// Ruling is what may says, with the rule that decided.
type Ruling struct {
	Allowed    bool
	Rule       Rule
	Permission Permission // that was asked for last
	At         Place
	Line       Access // of ByDenial and ByLine
}

// May is the one place where it is decided who may what: a route's permission, a collection, a document (P54). The
// database says the same of knowledge in store's readable; a test holds the two together.
func May(who Who, v Verb, x Thing) Ruling {
	if x.permission != "" {
		return who.permitted(x.permission)
	}
	r := who.permitted(ReadKnowledge)
	if r.Allowed && v == Change {
		r = who.permitted(WriteKnowledge)
	}
	if !r.Allowed {
		return r
	}
	if r = who.reads(x); v != Change || !r.Allowed || r.Rule == ByOwner || r.Rule == BySharing {
		return r
	}
	return who.changes(x)
}

// permitted decides about a permission: a built-in role's or a custom one's set, the same for everybody who has the role.
func (a Actor) permitted(p Permission) Ruling {
	r := Ruling{Rule: ByPermission, Permission: p}
	switch p {
	case Public:
		r.Rule, r.Allowed = ByPublic, true
	case SignedIn, HalfSignedIn:
		r.Rule, r.Allowed = BySession, a.somebody()
	case OwnOrganization:
		r.Allowed = a.somebody() && a.role == Owner
	case ExplainAccess:
		r.Allowed = a.somebody() && a.permits&(bit(ManagePeople)|bit(ManageRoles)) != 0
	default:
		r.Allowed = a.somebody() && a.permits&bit(p) != 0
	}
	return r
}

// reads decides who of those that may read knowledge at all reads this.
func (w Who) reads(x Thing) Ruling {
	if w.role == Owner {
		return Ruling{Allowed: true, Rule: ByOwner}
	}
	if line, ok := w.named(x.document.Access, true); ok {
		return Ruling{Rule: ByDenial, At: AtDocument, Line: line}
	}
	if line, ok := w.named(x.collection.Access, true); ok {
		return Ruling{Rule: ByDenial, At: AtCollection, Line: line}
	}
	if w.permits&bit(ShareKnowledge) != 0 {
		return Ruling{Allowed: true, Rule: BySharing, Permission: ShareKnowledge}
	}
	r := w.passes(x.collection, AtCollection)
	if r.Allowed && narrowed(x.document) {
		r = w.passes(x.document, AtDocument)
	}
	return r
}

// passes says whether somebody made a thing or one of its lines allows them.
func (w Who) passes(g Guarded, at Place) Ruling {
	if g.CreatedBy == w.member {
		return Ruling{Allowed: true, Rule: ByMaking, At: at}
	}
	if line, ok := w.named(g.Access, false); ok {
		return Ruling{Allowed: true, Rule: ByLine, At: at, Line: line}
	}
	if at == AtDocument {
		return Ruling{Rule: ByNarrowing, At: at}
	}
	return Ruling{Rule: ByNoLine, At: at}
}

// narrowed says that a document is only for those whom its own lines allow.
func narrowed(g Guarded) bool {
	for _, x := range g.Access {
		if !x.Denied {
			return true
		}
	}
	return false
}

// changes decides who of those that read a thing without sharing knowledge changes it.
func (w Who) changes(x Thing) Ruling {
	maker, at := x.collection.CreatedBy, AtCollection
	if x.inside {
		maker, at = x.document.CreatedBy, AtDocument
	}
	if maker != w.member {
		return Ruling{Rule: ByNotMaking, At: at}
	}
	return Ruling{Allowed: true, Rule: ByMaking, At: at}
}

// named is the first line that is about somebody: among those that deny, or those that allow.
func (w Who) named(lines []Access, denied bool) (Access, bool) {
	for _, x := range lines {
		if x.Denied == denied && w.is(x) {
			return x, true
		}
	}
	return Access{}, false
}

func (w Who) is(x Access) bool {
	switch x.Kind {
	case ToEveryone:
		return true
	case ToDepartment:
		for _, d := range w.Departments {
			if x.Subject == string(d) {
				return true
			}
		}
		return false
	case ToRole:
		return x.Subject == w.RoleSubject()
	case ToMember:
		return x.Subject == string(w.member)
	}
	return false
}
