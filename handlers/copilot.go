package handlers

import (
	"github.com/a-h/templ"
)

func (s *Site) copilotRoutes() []route { return nil }

func (q *request) panel(string) (templ.Component, error) { return templ.NopComponent, nil }
