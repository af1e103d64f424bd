// Package departments holds the pages of the organization's tree: the chart, which is drawn on the server and has a list
// beside it that says the same, and the page of one department.
package departments

import (
	"time"

	"aimyorg/domain"
)

// ChartPage is /departments.
type ChartPage struct {
	Tree      domain.Tree
	First     []domain.ID // OpenAtFirst
	Open      []domain.ID // those whose departments below are shown
	View      string      // "list", "chart", or "" for what the width of the page is for
	Heads     map[domain.ID]int
	Names     map[domain.ID]string // of managers
	Mine      domain.ID            // the reader's own department, or ""
	MayManage bool
}

// DepartmentPage is /departments/{id}.
type DepartmentPage struct {
	Tree       domain.Tree
	Department domain.Department
	Heads      map[domain.ID]int
	Totals     map[domain.ID]int    // with those below
	Names      map[domain.ID]string // of managers, and of who moved it
	People     []domain.Member      // the first of them
	Moves      []domain.Move
	Managed    bool // by the reader
	MayManage  bool
	Address    string // the manager's
	Typed      Typed
	Problems   domain.Problems
	Now        time.Time
}

// Typed is what was typed into one of the forms of a department's page: Form is name, parent or manager.
type Typed struct{ Form, Value string }

// FormPage is /departments/new.
type FormPage struct {
	Tree     domain.Tree
	Name     string
	Parent   string
	Problems domain.Problems
}

// DeletePage asks before a department goes, or says why it can't.
type DeletePage struct {
	Department domain.Department
	Use        domain.DepartmentUse
}
