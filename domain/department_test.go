package domain_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"aimyorg/domain"
)

// treeOf reads "a", "a/b", "a/b/c": the last part is the id and the name.
func treeOf(paths ...string) domain.Tree {
	all := make([]domain.Department, len(paths))
	for i, p := range paths {
		parts := strings.Split("/"+p, "/")
		all[i] = domain.Department{ID: domain.ID(parts[len(parts)-1]), Parent: domain.ID(parts[len(parts)-2]), Name: parts[len(parts)-1]}
	}
	return domain.NewTree(all)
}

// drawn is the tree in the form that treeOf reads, in reading order.
func drawn(t domain.Tree) string {
	var out []string
	for _, id := range t.Descendants("") {
		var names []string
		for _, d := range t.Path(id) {
			names = append(names, d.Name)
		}
		out = append(out, strings.Join(names, "/"))
	}
	return strings.Join(out, " ")
}

func deep(levels int) []string {
	out := make([]string, levels)
	for i := range out {
		if out[i] = fmt.Sprint("n", i+1); i > 0 {
			out[i] = fmt.Sprint("n", i, "/", out[i])
		}
	}
	return out
}

func codesOf(err error) string {
	var p domain.Problems
	if errors.As(err, &p) {
		return codes(p)
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

func TestTree_moves(t *testing.T) {
	t.Parallel()
	small := []string{"a", "a/b", "b/c", "d", "a/e"}
	for name, c := range map[string]struct {
		tree         []string
		id, to       domain.ID
		want, refuse string
	}{
		"below another":          {small, "b", "d", "a a/e d d/b d/b/c", ""},
		"to the top":             {small, "b", "", "a a/e b b/c d", ""},
		"where it is":            {small, "b", "a", "a a/b a/b/c a/e d", ""},
		"below itself":           {small, "b", "b", "", "parent:cycle"},
		"below its child":        {small, "a", "b", "", "parent:cycle"},
		"below its grandchild":   {small, "a", "c", "", "parent:cycle"},
		"below nothing":          {small, "a", "x", "", "parent:unknown"},
		"nothing":                {small, "x", "a", "", "not found"},
		"as deep as can be":      {append(deep(11), "x"), "x", "n11", "", ""},
		"too deep":               {append(deep(12), "x"), "x", "n12", "", "parent:too_deep"},
		"too deep with its own":  {append(deep(11), "x", "x/y"), "x", "n11", "", "parent:too_deep"},
		"deep one where it fits": {append(deep(10), "x", "x/y"), "x", "n10", "", ""},
	} {
		before := treeOf(c.tree...)
		was := drawn(before)
		got, err := before.Move(c.id, c.to)
		if codesOf(err) != c.refuse {
			t.Errorf("%s: %q, want %q", name, codesOf(err), c.refuse)
		}
		if c.want != "" && drawn(got) != c.want || err != nil && drawn(got) != was {
			t.Errorf("%s: %s", name, drawn(got))
		}
		if drawn(before) != was {
			t.Errorf("%s: the tree itself changed", name)
		}
	}
}

func TestTree_names(t *testing.T) {
	t.Parallel()
	tree := treeOf("Sales", "Sales/North", "Support", "Support/South")
	for name, c := range map[string]struct {
		parent       domain.ID
		name, refuse string
	}{
		"free": {"", "Legal", ""}, "the same elsewhere": {"Support", "North", ""}, "the same": {"", "Sales", "name:taken"},
		"in another case": {"", "sALES", "name:taken"}, "with spaces around": {"", "  Sales ", "name:taken"}, "long s": {"", "ſales", "name:taken"},
		"none": {"", " ", "name:required"}, "long": {"", strings.Repeat("ä", 121), "name:too_long"}, "as long as can be": {"", strings.Repeat("ä", 120), ""},
		"nowhere": {"x", "Legal", "parent:unknown"},
	} {
		after, err := tree.Add(domain.Department{ID: "new", Parent: c.parent, Name: c.name})
		if codesOf(err) != c.refuse {
			t.Errorf("%s: %q, want %q", name, codesOf(err), c.refuse)
		}
		if d, _ := after.Department("new"); err == nil && d.Name != domain.Line(c.name) {
			t.Errorf("%s: it is called %q", name, d.Name)
		}
	}
	if _, err := tree.Rename("Sales", "SUPPORT"); codesOf(err) != "name:taken" {
		t.Errorf("renamed to its sibling's name: %v", err)
	}
	if got, err := tree.Rename("Sales", "SALES"); err != nil || len(got.Children("Sales")) != 1 {
		t.Errorf("its own name in another case: %v", err)
	}
	if _, err := tree.Rename("x", "y"); !errors.Is(err, domain.ErrNotFound) {
		t.Error(err)
	}
	same := domain.NewTree([]domain.Department{{ID: "1", Name: "A"}, {ID: "2", Name: "B"}, {ID: "3", Parent: "2", Name: "a"}})
	if _, err := same.Move("3", ""); codesOf(err) != "parent:taken" {
		t.Errorf("moved beside its namesake: %v", err)
	}
}

func TestTree_reads(t *testing.T) {
	t.Parallel()
	tree := domain.NewTree([]domain.Department{{ID: "1", Name: "b", Manager: "m"}, {ID: "2", Name: "A"}, {ID: "3", Parent: "1", Name: "x"},
		{ID: "4", Parent: "3", Name: "y", Manager: "n"}, {ID: "5", Parent: "2", Name: "z", Manager: "n"}})
	check := func(what string, got, want any) {
		t.Helper()
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	check("reading order", tree.Descendants(""), "[2 5 1 3 4]")
	check("ancestors", tree.Ancestors("4"), "[3 1]")
	check("ancestors of nothing", tree.Ancestors("x"), "[]")
	check("path of nothing", tree.Path("x"), "[]")
	check("managed", tree.Managed("m"), "[1 3 4]")
	check("managed twice", tree.Managed("n"), "[5 4]")
	check("managed by nobody", tree.Managed(""), "[]")
	check("depth", []int{tree.Depth(""), tree.Depth("1"), tree.Depth("4"), tree.Len()}, "[0 1 3 5]")
	check("totals", tree.Totals(map[domain.ID]int{"": 9, "4": 3, "1": 1}), "map[1:4 2:0 3:3 4:3 5:0]")
	check("nothing", domain.Tree{}.Descendants(""), "[]")
}

func TestTree_orders_by_name(t *testing.T) {
	t.Parallel()
	want := []string{"2 B", "10 a", "a", "Team", "team 2", "Team 02b", "Team 10", "Team 10.2", "Team 10.10", "Über", "漢"}
	var rows []domain.Department
	for i, name := range want {
		rows = append(rows, domain.Department{ID: domain.ID(fmt.Sprint(i)), Name: name})
	}
	slices.Reverse(rows)
	for i, d := range domain.NewTree(rows).Children("") {
		if d.Name != want[i] {
			t.Errorf("%d is %q, want %q", i, d.Name, want[i])
		}
	}
}

// Rows that a tree could not have come to are shown at the top rather than lost, or walked for ever.
func TestTree_of_bad_rows(t *testing.T) {
	t.Parallel()
	for want, rows := range map[string][]domain.Department{
		"a":                   {{ID: "a", Parent: "gone", Name: "a"}},
		"a a/b":               {{ID: "a", Parent: "b", Name: "a"}, {ID: "b", Parent: "a", Name: "b"}},
		"a a/c a/c/b a/c/b/x": {{ID: "a", Parent: "b", Name: "a"}, {ID: "b", Parent: "c", Name: "b"}, {ID: "c", Parent: "a", Name: "c"}, {ID: "x", Parent: "b", Name: "x"}},
		"s":                   {{ID: "s", Parent: "s", Name: "s"}},
	} {
		tree := domain.NewTree(rows)
		if got := drawn(tree); got != want {
			t.Errorf("%s, want %s", got, want)
		}
		sound(t, tree, len(rows))
	}
}

func TestTree_is_bounded(t *testing.T) {
	t.Parallel()
	all := make([]domain.Department, domain.MaxDepartments)
	for i := range all {
		all[i] = domain.Department{ID: domain.ID(fmt.Sprint(i)), Name: fmt.Sprint("n", i)}
	}
	if _, err := domain.NewTree(all[1:]).Add(domain.Department{ID: "new", Name: "one more"}); err != nil {
		t.Error(err)
	}
	if _, err := domain.NewTree(all).Add(domain.Department{ID: "new", Name: "one more"}); codesOf(err) != "name:too_many" {
		t.Error(err)
	}
}

// sound holds what is true of every tree: all are reached from the top, once, and nothing is above itself or too deep.
func sound(t *testing.T, tree domain.Tree, nodes int) {
	t.Helper()
	reached := tree.Descendants("")
	seen := map[domain.ID]bool{}
	for _, id := range reached {
		if seen[id] || slices.Contains(tree.Ancestors(id), id) || tree.Depth(id) > domain.MaxDepartmentDepth {
			t.Fatalf("%s is twice in the tree, above itself, or too deep", id)
		}
		seen[id] = true
	}
	if len(reached) != nodes || tree.Len() != nodes {
		t.Fatalf("%d of %d are reached", len(reached), nodes)
	}
}

// FuzzMoves: no sequence of moves makes a circle, or loses a department.
func FuzzMoves(f *testing.F) {
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // it chooses examples
	for range 20 {
		moves := make([]byte, 200)
		for i := range moves {
			moves[i] = byte(random.UintN(256))
		}
		f.Add(moves)
	}
	f.Fuzz(func(t *testing.T, moves []byte) {
		const nodes = 20
		var tree domain.Tree
		var err error
		for i := range nodes {
			if tree, err = tree.Add(domain.Department{ID: domain.ID(fmt.Sprint(i)), Name: fmt.Sprint("n", i)}); err != nil {
				t.Fatal(err)
			}
		}
		for i := 0; i+1 < len(moves) && i < 400; i += 2 {
			to := domain.ID("")
			if moves[i+1]%(nodes+1) < nodes {
				to = domain.ID(fmt.Sprint(moves[i+1] % (nodes + 1)))
			}
			tree, _ = tree.Move(domain.ID(fmt.Sprint(moves[i]%nodes)), to) // refused or not
			sound(t, tree, nodes)
		}
	})
}
