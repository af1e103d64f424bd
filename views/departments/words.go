package departments

import (
	"slices"
	"strings"

	"aimyorg/domain"
	"aimyorg/views/ui"
	"aimyorg/views/words"
)

// What the pages say.
const (
	wordTitle  = "Departments"
	wordLead   = "Who works with whom, and who leads. Numbers count everybody in a department and below it."
	wordTop    = "Nothing: at the top of the organization"
	wordGone   = "a department that is gone"
	wordNobody = "somebody"
	wordChart  = "Organization chart"
)

func people(n int) string { return words.Count(n, "person", "people") }

// total says how large the organization is.
func (p ChartPage) total() string {
	all := 0
	for _, n := range p.Heads {
		all += n
	}
	text := words.Capital(words.Count(p.Tree.Len(), "department", "departments")) + ", " + people(all-p.Heads[""]) + "."
	switch n := p.Heads[""]; n {
	case 0:
		return text
	case 1:
		return text + " 1 person is in no department."
	default:
		return text + " " + people(n) + " are in no department."
	}
}

// label is a node as it is read aloud.
func (n node) label() string {
	text := n.name + ", " + people(n.people)
	if n.manager != "" {
		text += ", managed by " + n.manager
	}
	if n.mine {
		text += ", your department"
	}
	return text
}

func (n node) toggleLabel() string {
	verb := "Open "
	if n.open {
		verb = "Close "
	}
	return verb + n.name + ": " + words.Count(n.below, "department", "departments") + " below"
}

func (n node) leads() string {
	if n.manager == "" {
		return "No manager"
	}
	return n.manager
}

func (n node) sign() string {
	if n.open {
		return "−"
	}
	return "+" + words.Number(int64(n.below))
}

// counted is how many people a department has, and with those below.
func (p DepartmentPage) counted() string {
	own := p.Heads[p.Department.ID]
	with := p.Totals[p.Department.ID]
	if len(p.Tree.Children(p.Department.ID)) == 0 {
		return words.Capital(people(own)) + "."
	}
	return words.Capital(people(own)) + " in it, " + people(with) + " with the departments below."
}

// path is the way to a department in words.
func path(tree domain.Tree, id domain.ID) string {
	var names []string
	for _, d := range tree.Path(id) {
		names = append(names, d.Name)
	}
	return strings.Join(names, " › ")
}

// place is a department in a sentence.
func (p DepartmentPage) place(id domain.ID) string {
	if id == "" {
		return "the top"
	}
	if _, ok := p.Tree.Department(id); !ok {
		return wordGone
	}
	return path(p.Tree, id)
}

// moved is a move in words, up to who did it.
func (p DepartmentPage) moved(m domain.Move) string {
	return "Moved from " + p.place(m.From) + " to " + p.place(m.To) + " by " + p.name(m.By) + "."
}

func (p DepartmentPage) name(id domain.ID) string {
	if n := p.Names[id]; n != "" {
		return n
	}
	return wordNobody
}

func (p DepartmentPage) crumbs() []ui.Crumb {
	out := []ui.Crumb{{Label: wordTitle, Href: "/departments"}}
	way := p.Tree.Path(p.Department.ID)
	for _, d := range way[:max(0, len(way)-1)] {
		out = append(out, ui.Crumb{Label: d.Name, Href: address(d.ID)})
	}
	return out
}

// inChart is the chart with the way to the department open.
func (p DepartmentPage) inChart() string {
	chart := ChartPage{First: OpenAtFirst(p.Tree)}
	open := slices.Clone(chart.First)
	for _, d := range p.Tree.Path(p.Department.ID) {
		if !slices.Contains(open, d.ID) && len(p.Tree.Children(d.ID)) > 0 {
			open = append(open, d.ID)
		}
	}
	return chart.address(open[max(0, len(open)-MaxOpen):], "") + "#department-" + string(p.Department.ID)
}

// value is what is in a field: what was typed, or what is so.
func (p DepartmentPage) value(form, now string) string {
	if p.Typed.Form == form {
		return p.Typed.Value
	}
	return now
}

// problems are those of one of the page's forms.
func (p DepartmentPage) problems(form string) domain.Problems {
	if p.Typed.Form == form {
		return p.Problems
	}
	return nil
}

// fieldTo gives the problems of a place to the field in which it is chosen.
func fieldTo(problems domain.Problems) domain.Problems {
	out := slices.Clone(problems)
	for i := range out {
		out[i].Field = "to"
	}
	return out
}

// places are the departments that one may be put below; without is one with all below it that may not.
func places(tree domain.Tree, without domain.ID) []ui.Option {
	out := []ui.Option{{Value: "", Label: wordTop}}
	leave := map[domain.ID]bool{without: true}
	for _, id := range tree.Descendants("") {
		d, _ := tree.Department(id)
		if leave[id] || d.Parent != "" && leave[d.Parent] {
			leave[id] = true
			continue
		}
		out = append(out, ui.Option{Value: string(id), Label: path(tree, id)})
	}
	return out
}

func address(id domain.ID) string { return "/departments/" + string(id) }

func (p DeletePage) goes() string {
	return "“" + p.Department.Name + "” is deleted. Its history stays in the audit log. This can't be undone."
}

func count(n int) string { return words.Number(int64(n)) }
