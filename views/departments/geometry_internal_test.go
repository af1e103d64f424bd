package departments

import (
	"fmt"
	"strings"
	"testing"

	"aimyorg/domain"
)

// row makes departments below one.
func row(parent domain.ID, n int) (out []domain.Department) {
	for i := range n {
		out = append(out, domain.Department{ID: domain.ID(fmt.Sprint(parent, ".", i)), Parent: parent, Name: fmt.Sprint("N", i)})
	}
	return out
}

func TestOpenAtFirst_is_bounded(t *testing.T) {
	t.Parallel()
	small := append(row("", 3), row(".0", 4)...)
	if got := OpenAtFirst(domain.NewTree(small)); len(got) != 1 || got[0] != ".0" {
		t.Errorf("%v", got)
	}
	broad := append(row("", 3), append(row(".0", 200), row(".1", 5)...)...)
	if got := OpenAtFirst(domain.NewTree(broad)); len(got) != 0 && got[0] == ".0" {
		t.Errorf("%v", got)
	}
	if got := OpenAtFirst(domain.Tree{}); len(got) != 0 {
		t.Errorf("%v", got)
	}
}

// An address holds what is open, and no more than it can.
func TestToggle(t *testing.T) {
	t.Parallel()
	all := append(row("", 2), row(".0", 2)...)
	for i := range 2 * MaxOpen {
		all = append(all, domain.Department{ID: domain.ID(fmt.Sprint("x", i)), Name: fmt.Sprint("x", i)}, domain.Department{ID: domain.ID(fmt.Sprint("y", i)), Parent: domain.ID(fmt.Sprint("x", i)), Name: "y"})
	}
	p := ChartPage{Tree: domain.NewTree(all), View: "list"}
	p.First = OpenAtFirst(p.Tree)
	if got := p.toggle(node{id: ".0"}, "t-"); got != "/departments?open=.0&view=list#t-.0" {
		t.Error(got)
	}
	p.Open = []domain.ID{".0"}
	if got := p.toggle(node{id: ".0", open: true}, "t-"); got != "/departments?view=list#t-.0" && got != "/departments?open=&view=list#t-.0" {
		t.Error(got)
	}
	for i := range MaxOpen {
		p.Open = append(p.Open, domain.ID(fmt.Sprint("x", i)))
	}
	p.Open = p.Open[1:]
	got := p.toggle(node{id: "x150"}, "t-")
	if n := strings.Count(got, "x"); n != MaxOpen+1 || strings.Contains(got, "x0.") || len(got) > 8000 {
		t.Errorf("%d open: %s", n, got)
	}
}

func TestDraw(t *testing.T) {
	t.Parallel()
	if d := draw(nil); len(d.boxes) != 0 {
		t.Errorf("%+v", d)
	}
	tree := domain.NewTree(append(row("", 2), append(row(".0", 3), row(".0.2", 1)...)...))
	p := ChartPage{Tree: tree, Open: []domain.ID{".0", ".0.2"}}
	d := draw(p.shown())
	if d.width != 3*nodeWidth+2*gapRight+2*margin || d.height != 4*(nodeHeight+gapBelow)-gapBelow+2*margin {
		t.Errorf("%d × %d", d.width, d.height)
	}
	top := d.boxes[0]
	if top.y != top.boxes[0].y || d.boxes[1].y != top.y+3*(nodeHeight+gapBelow) || top.last != top.boxes[2].y {
		t.Errorf("%+v", top)
	}
	if l := top.lines(); strings.Count(l, "M") != 4 || strings.Count(l, "V") != 1 || strings.ContainsAny(l, "-.") {
		t.Error(l)
	}
}

func TestFit(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"", "a", "Sales", "漢字", strings.Repeat("w", 200), strings.Repeat("漢", 120), strings.Repeat("e\u0301", 200), "Quality assurance and more", "\u202eabc"} {
		got := fit(s, 180, 14)
		if got != s && (!strings.HasSuffix(got, "…") || !strings.HasPrefix(s, strings.TrimSuffix(got, "…")) || got == "…") {
			t.Errorf("%q became %q", s, got)
		}
		var room float64
		for _, r := range got {
			room += 14 * breadth(r)
		}
		if room > 180+14 {
			t.Errorf("%q is %v wide", got, room)
		}
	}
	if got := fit("Sales", 180, 14); got != "Sales" {
		t.Error(got)
	}
}
