package departments

import (
	"net/url"
	"slices"
	"strings"

	"aimyorg/domain"
)

// node is what the chart and the list show of a department. What is in it is who has a name and a head to count: people now.
type node struct {
	id      domain.ID
	name    string
	people  int // with all below
	manager string
	mine    bool
	level   int // from 1
	below   int // departments right below
	open    bool
	nodes   []node // when it is open
}

// The first two levels are shown at first, as long as that is not more than a person can take in.
const (
	firstNodes = 150
	// MaxOpen is how many departments can be open at once: an address has to hold them.
	MaxOpen = 100
)

// OpenAtFirst are the departments at the top, whose own departments are shown as long as there are not too many.
func OpenAtFirst(tree domain.Tree) []domain.ID {
	shown := len(tree.Children(""))
	var out []domain.ID
	for _, d := range tree.Children("") {
		n := len(tree.Children(d.ID))
		if shown += n; n > 0 && shown <= firstNodes && len(out) < MaxOpen {
			out = append(out, d.ID)
		}
	}
	return out
}

// shown are the departments of the chart, those at the top first.
func (p ChartPage) shown() []node {
	return p.nodes("", 1, p.Tree.Totals(p.Heads))
}

func (p ChartPage) nodes(parent domain.ID, level int, totals map[domain.ID]int) []node {
	var out []node
	for _, d := range p.Tree.Children(parent) {
		n := node{id: d.ID, name: d.Name, people: totals[d.ID], manager: p.Names[d.Manager], mine: d.ID == p.Mine, level: level,
			below: len(p.Tree.Children(d.ID)), open: slices.Contains(p.Open, d.ID)}
		if n.open {
			n.nodes = p.nodes(d.ID, level+1, totals)
		}
		out = append(out, n)
	}
	return out
}

// Shown are the managers of the departments that the chart shows.
func Shown(tree domain.Tree, open []domain.ID) []domain.ID {
	var out []domain.ID
	for _, id := range append([]domain.ID{""}, open...) {
		for _, d := range tree.Children(id) {
			out = append(out, d.Manager)
		}
	}
	return out
}

// address is the chart's with what is open and how it is shown.
func (p ChartPage) address(open []domain.ID, view string) string {
	v := url.Values{}
	if view != "" {
		v.Set("view", view)
	}
	if !slices.Equal(open, p.First) {
		ids := make([]string, len(open))
		for i, id := range open {
			ids[i] = string(id)
		}
		v.Set("open", strings.Join(ids, ".")) // empty when all are closed
	}
	if len(v) == 0 {
		return "/departments"
	}
	return "/departments?" + v.Encode()
}

// toggle is the address of the chart with one department opened or closed. The one that was opened first is closed when
// there are too many. After it, one is where the switch is: at is what its id begins with.
func (p ChartPage) toggle(n node, at string) string {
	open := slices.DeleteFunc(slices.Clone(p.Open), func(id domain.ID) bool { return id == n.id })
	if !n.open {
		open = append(open, n.id)
	}
	return p.address(open[max(0, len(open)-MaxOpen):], p.View) + "#" + at + string(n.id)
}
