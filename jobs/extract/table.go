package extract

import "strings"

// joinCells makes one line of a table's row: "a | b | c". A row of empty cells is empty.
func joinCells(cells []string) string {
	some := false
	for i, c := range cells {
		cells[i] = strings.Join(strings.Fields(c), " ")
		some = some || cells[i] != ""
	}
	if !some {
		return ""
	}
	return strings.Join(cells, " | ")
}

// grid turns rows of cells into lines. When the first row names the columns, the others repeat the names, so that each
// can be understood, and found, alone: "Name: Ada; Role: Engineer".
type grid struct {
	header []string
	begun  bool
}

func (g *grid) line(cells []string) string {
	line := joinCells(cells)
	if line == "" {
		return ""
	}
	if !g.begun {
		g.begun = true
		if namesColumns(cells) {
			g.header = append([]string(nil), cells...)
		}
		return line
	}
	if g.header == nil {
		return line
	}
	return g.named(cells)
}

func (g *grid) named(cells []string) string {
	var parts []string
	for i, c := range cells {
		switch {
		case c == "":
		case i < len(g.header) && g.header[i] != "":
			parts = append(parts, g.header[i]+": "+c)
		default:
			parts = append(parts, c)
		}
	}
	return strings.Join(parts, "; ")
}

// namesColumns tells whether a row looks like column names: two or more, no gap, short, different, none a number.
func namesColumns(cells []string) bool {
	seen := map[string]bool{}
	for _, c := range cells {
		if c == "" || len(c) > 80 || seen[c] || strings.IndexFunc(c, letter) < 0 {
			return false
		}
		seen[c] = true
	}
	return len(seen) > 1
}
