package domain

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Department is a node of the organization's tree.
type Department struct {
	ID, Parent ID // Parent is "" at the top
	Name       string
	Manager    ID // "" when it has none
	CreatedAt  time.Time
}

// Move is one of a department's or a person's ways from one department to another; "" is none.
type Move struct {
	From, To, By ID
	At           time.Time
}

// What a person is to the department that a notice names, where they are not just in it.
const (
	AsManager        = "manager"
	AsFormerManager  = "former_manager"
	AsManagerOfMoved = "manager_of_moved"
)

// DepartmentUse is what keeps a department from being deleted.
type DepartmentUse struct {
	People, Deactivated int // Deactivated are some of People
	Below               int // departments
	Invited, Groups     int // open invitations into it, groups of single sign-on that lead into it
}

// Problems is one sentence with all that must go elsewhere first.
func (u DepartmentUse) Problems() Problems {
	var holds []string
	add := func(n int, one, many string) {
		if n == 1 {
			holds = append(holds, "1 "+one)
		} else if n > 1 {
			holds = append(holds, strconv.Itoa(n)+" "+many)
		}
	}
	add(u.People-u.Deactivated, "person", "people")
	add(u.Deactivated, "deactivated person", "deactivated people")
	add(u.Below, "department below it", "departments below it")
	add(u.Invited, "open invitation", "open invitations")
	add(u.Groups, "sign-on group", "sign-on groups")
	var p Problems
	if n := len(holds); n > 0 {
		list := holds[n-1]
		if n > 1 {
			list = strings.Join(holds[:n-1], ", ") + " and " + list
		}
		p.Add(true, "department", "in_use", "It still has "+list+". Move them elsewhere first.")
	}
	return p
}

// How large a tree may be: whoever draws or walks it relies on it.
const (
	MaxDepartments     = 2000
	MaxDepartmentDepth = 12
)

// Tree is an organization's departments. It does not change: what changes it gives another one. The zero Tree is empty.
type Tree struct {
	all      map[ID]Department
	children map[ID][]ID // by name; those of "" are at the top
}

// NewTree arranges departments. Rows that could not have come about (a parent that is not there, a circle) are not lost:
// the department stands at the top.
func NewTree(all []Department) Tree {
	t := Tree{all: make(map[ID]Department, len(all)), children: map[ID][]ID{}}
	for _, d := range all {
		t.all[d.ID] = d
	}
	for id, d := range t.all {
		if _, ok := t.all[d.Parent]; !ok {
			d.Parent = ""
			t.all[id] = d
		}
	}
	t.cut()
	for id, d := range t.all {
		t.children[d.Parent] = append(t.children[d.Parent], id)
	}
	for _, ids := range t.children {
		slices.SortFunc(ids, t.before)
	}
	return t
}

// cut opens circles.
func (t Tree) cut() {
	sound := map[ID]bool{"": true}
	for _, id := range slices.Sorted(maps.Keys(t.all)) {
		var way []ID
		on := map[ID]bool{}
		for at := id; !sound[at]; at = t.all[at].Parent {
			if on[at] {
				d := t.all[at]
				d.Parent = ""
				t.all[at] = d
				break
			}
			on[at] = true
			way = append(way, at)
		}
		for _, at := range way {
			sound[at] = true
		}
	}
}

// before orders by name as people do, "Team 2" before "Team 10", then by age.
func (t Tree) before(a, b ID) int {
	x, y := folded(t.all[a].Name), folded(t.all[b].Name)
	return cmp.Or(naturally(x, y), strings.Compare(x, y), strings.Compare(string(a), string(b)))
}

// naturally compares texts in which numbers count as such.
func naturally(a, b string) int {
	for a != "" && b != "" {
		x, y := digits(a), digits(b)
		if x != "" && y != "" {
			n, m := strings.TrimLeft(x, "0"), strings.TrimLeft(y, "0")
			if by := cmp.Or(len(n)-len(m), strings.Compare(n, m)); by != 0 {
				return by
			}
			a, b = a[len(x):], b[len(y):]
			continue
		}
		if a[0] != b[0] {
			return int(a[0]) - int(b[0])
		}
		a, b = a[1:], b[1:]
	}
	return len(a) - len(b)
}

// digits are those that a text begins with.
func digits(s string) string {
	return s[:len(s)-len(strings.TrimLeft(s, "0123456789"))]
}

// folded is a name as far as two names differ: letters in the least form of their case.
func folded(name string) string {
	return strings.Map(func(r rune) rune {
		least := r
		for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
			least = min(least, f)
		}
		return least
	}, name)
}

// Len is how many departments there are.
func (t Tree) Len() int { return len(t.all) }

// Department is one of them.
func (t Tree) Department(id ID) (Department, bool) {
	d, ok := t.all[id]
	return d, ok
}

// Children are those right below one, by name; below "" are those at the top.
func (t Tree) Children(id ID) []Department { return t.these(t.children[id]) }

// Ancestors are those above one, the nearest first.
func (t Tree) Ancestors(id ID) []ID {
	var out []ID
	for at := t.all[id].Parent; at != ""; at = t.all[at].Parent {
		out = append(out, at)
	}
	return out
}

// Path leads from the top to a department, which is its last.
func (t Tree) Path(id ID) []Department {
	if _, ok := t.all[id]; !ok {
		return nil
	}
	ids := append([]ID{id}, t.Ancestors(id)...)
	slices.Reverse(ids)
	return t.these(ids)
}

// Descendants are all those below one, as one reads them: each before those below it.
func (t Tree) Descendants(id ID) []ID {
	var out []ID
	for _, c := range t.children[id] {
		out = append(append(out, c), t.Descendants(c)...)
	}
	return out
}

// Managed are the departments that a person manages, with all below them.
func (t Tree) Managed(by ID) []ID {
	var out []ID
	for _, id := range t.Descendants("") {
		if d := t.all[id]; by != "" && (d.Manager == by || slices.Contains(out, d.Parent)) {
			out = append(out, id)
		}
	}
	return out
}

// Totals are what is counted per department, with what is below it added.
func (t Tree) Totals(own map[ID]int) map[ID]int {
	out := make(map[ID]int, len(t.all))
	for id := range t.all {
		out[id] += own[id]
		for _, above := range t.Ancestors(id) {
			out[above] += own[id]
		}
	}
	return out
}

func (t Tree) these(ids []ID) []Department {
	out := make([]Department, len(ids))
	for i, id := range ids {
		out[i] = t.all[id]
	}
	return out
}

// Depth is how many levels a department is from the top, itself counted.
func (t Tree) Depth(id ID) int {
	if _, ok := t.all[id]; !ok {
		return 0
	}
	return len(t.Ancestors(id)) + 1
}

// height is how many levels there are from a department down, itself counted.
func (t Tree) height(id ID) int {
	below := 0
	for _, c := range t.children[id] {
		below = max(below, t.height(c))
	}
	return below + 1
}

// Add is the tree with one more department.
func (t Tree) Add(d Department) (Tree, error) {
	d.Name = Line(d.Name)
	p := t.nameProblems(d.ID, d.Parent, d.Name)
	p.Add(len(t.all) >= MaxDepartments, "name", "too_many", "There are 2,000 departments already. Delete one that is not needed first.")
	p = append(p, t.placeProblems(d.Parent, 1)...)
	return t.with(d), p.Err()
}

// Rename is the tree in which a department has another name.
func (t Tree) Rename(id ID, name string) (Tree, error) {
	d, ok := t.all[id]
	if !ok {
		return t, ErrNotFound
	}
	d.Name = Line(name)
	return t.with(d), t.nameProblems(id, d.Parent, d.Name).Err()
}

// Move is the tree in which a department, with all below it, stands below another; "" is the top.
func (t Tree) Move(id, to ID) (Tree, error) {
	d, ok := t.all[id]
	if !ok {
		return t, ErrNotFound
	}
	p := t.placeProblems(to, t.height(id))
	p.Add(to == id || slices.Contains(t.Ancestors(to), id), "parent", "cycle",
		"A department can't be moved below itself. Choose one that is not below it.")
	if p.Err() == nil && t.taken(id, to, d.Name) {
		p.Add(true, "parent", "taken", "There is a department of the same name there. Rename one of them first.")
	}
	if p.Err() != nil {
		return t, p
	}
	d.Parent = to
	return t.with(d), nil
}

// with is the tree with a department put in the place of its former self.
func (t Tree) with(d Department) Tree {
	all := maps.Clone(t.all)
	if all == nil {
		all = map[ID]Department{}
	}
	all[d.ID] = d
	return NewTree(slices.Collect(maps.Values(all)))
}

func (t Tree) taken(id, parent ID, name string) bool {
	return slices.ContainsFunc(t.children[parent], func(c ID) bool { return c != id && folded(t.all[c].Name) == folded(name) })
}

func (t Tree) nameProblems(id, parent ID, name string) Problems {
	var p Problems
	p.Add(name == "", "name", "required", "Enter a name.")
	p.Add(len([]rune(name)) > MaxName, "name", "too_long", "Use at most 120 characters.")
	p.Add(name != "" && t.taken(id, parent, name), "name", "taken", "There is a department of that name beside it. Choose another name.")
	return p
}

// placeProblems are what is wrong with putting so many levels below a department.
func (t Tree) placeProblems(parent ID, levels int) Problems {
	var p Problems
	_, ok := t.all[parent]
	p.Add(parent != "" && !ok, "parent", "unknown", "Choose a department from the list.")
	p.Add(t.Depth(parent)+levels > MaxDepartmentDepth, "parent", "too_deep", "Departments can be 12 levels deep. Choose one that is higher up.")
	return p
}
