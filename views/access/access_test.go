package access_test

import (
	"fmt"
	"testing"

	"aimyorg/domain"
	"aimyorg/views/access"
	"aimyorg/views/words/rendertest"
)

func TestA73_HostileAccessIsText(t *testing.T) {
	t.Parallel()
	rendertest.Hostile(t, access.DocumentPage{}, access.Document)
	rendertest.Hostile(t, access.PersonPage{}, access.Person)
	rendertest.Hostile(t, access.FieldsProps{}, access.Fields)
}

// A few people are boxes; many are one list, and two of the same name are told apart.
func TestManyPeopleAreOneList(t *testing.T) {
	t.Parallel()
	var few, many []domain.Member
	for i := range 40 {
		many = append(many, domain.Member{ID: domain.ID(fmt.Sprint("m", i)), Name: "Ann", Email: fmt.Sprint(i, "@example.com"), Role: domain.Staff})
	}
	few = many[:5]
	few = append(few, domain.Member{ID: "boss", Name: "Olga", Role: domain.Owner})
	html := rendertest.HTML(t, access.Fields(access.FieldsProps{Choices: access.Choices{Members: few}, Form: domain.AccessForm{Allow: domain.Subjects{Members: []string{"m1"}}}}))
	rendertest.Contains(t, html, `name="members" value="m1" checked`)
	rendertest.Lacks(t, html, "multiple", `value="boss"`, "open")
	html = rendertest.HTML(t, access.Fields(access.FieldsProps{Choices: access.Choices{Members: many}, Form: domain.AccessForm{Deny: domain.Subjects{Members: []string{"m1"}}}}))
	rendertest.Contains(t, html, "<select multiple", "Ann · 7@example.com", `<option value="m1" selected`, "<details class=\"disclosure\" open")
}
