package store

import (
	"strings"
	"unicode/utf8"

	"aimyorg/domain"
	"aimyorg/store/search"
)

// Import says line by line what a list of people would come to, and when send is set invites those whom it can. A line that
// can't be used stops no other; all that are sent are sent in one transaction.
func (t *Tenant) Import(lines []domain.ImportLine, send bool) ([]domain.ImportReport, error) {
	if err := t.may(domain.InvitePeople); err != nil {
		return nil, err
	}
	if err := t.writable(); err != nil {
		return nil, err
	}
	if len(lines) > domain.MaxImportLines {
		return nil, domain.ErrTooLarge
	}
	d, err := t.directory()
	if err != nil {
		return nil, err
	}
	var emails []string
	for _, l := range lines {
		if domain.ValidEmail(l.Email) {
			emails = append(emails, l.Email)
		}
	}
	known, err := t.knownAddresses(emails...)
	if err != nil {
		return nil, err
	}
	names := t.namesToGive(d)
	seen := map[string]bool{}
	out := make([]domain.ImportReport, len(lines))
	for i, l := range lines {
		v, state := names.read(l)
		switch {
		case state != domain.ImportInvited:
		case seen[l.Email]:
			state = domain.ImportRepeated
		case known[l.Email] != "":
			state = known[l.Email]
		}
		out[i] = domain.ImportReport{Line: l, State: state}
		if state != domain.ImportInvited {
			continue
		}
		seen[l.Email] = true
		if !send {
			continue
		}
		if _, err := t.invite(v); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// namesToGive are roles and departments by what a list calls them. An id is no name: one of another organization is as
// unknown as any (A44).
type namesToGive struct {
	roles  map[string]domain.GivenRole
	yours  map[string]bool
	places map[string][]domain.ID
	mine   func(domain.ID) bool
}

func (t *Tenant) namesToGive(d *directory) namesToGive {
	n := namesToGive{map[string]domain.GivenRole{}, map[string]bool{}, map[string][]domain.ID{}, func(id domain.ID) bool { return t.mayPlace(d, id) }}
	for _, r := range d.everyRole() {
		for _, name := range []string{search.Fold(r.Name), string(r.Role)} {
			if _, taken := n.roles[name]; taken || r.Role == domain.Custom && name == string(domain.Custom) {
				continue // a built-in role's name stays its own
			}
			n.roles[name], n.yours[name] = r, t.actor.MayGive(r.Role, r.Allowed)
		}
	}
	for id, u := range d.units {
		names := []string{u.folded}
		if at := strings.LastIndex(u.folded, " / "); at >= 0 {
			names = append(names, u.folded[at+3:])
		}
		for _, name := range names {
			n.places[name] = append(n.places[name], id)
		}
	}
	return n
}

// read says whom a line invites, or why it doesn't.
func (n namesToGive) read(l domain.ImportLine) (invitee, domain.ImportState) {
	v := invitee{email: l.Email, name: l.Name}
	switch {
	case l.Code != "":
		return v, domain.ImportUnreadable
	case !domain.ValidEmail(l.Email):
		return v, domain.ImportBadAddress
	case utf8.RuneCountInString(l.Name) > domain.MaxName:
		return v, domain.ImportLongName
	}
	role := search.Fold(l.Role)
	if role == "" {
		role = string(domain.Staff)
	}
	var known bool
	if v.role, known = n.roles[role]; !known {
		return v, domain.ImportUnknownRole
	}
	if !n.yours[role] {
		return v, domain.ImportNotYours
	}
	return n.place(v, l.Department)
}

// place finds a line's department by its path, or by its name where there is only one of that name.
func (n namesToGive) place(v invitee, department string) (invitee, domain.ImportState) {
	if department == "" {
		return v, domain.ImportInvited
	}
	ids := n.places[search.Fold(strings.ReplaceAll(department, " > ", " / "))]
	switch {
	case len(ids) == 0:
		return v, domain.ImportUnknownDepartment
	case len(ids) > 1:
		return v, domain.ImportAmbiguous
	case !n.mine(ids[0]):
		return v, domain.ImportNotYours
	}
	v.department = ids[0]
	return v, domain.ImportInvited
}
