package handlers

import (
	"aimyorg/domain"
)

// route is one line of the access policy: who may, and what it changes.
type route struct {
	method, path string
	needs        domain.Permission
	do           func(*request) error
	form         []string // the fields that are read; the rest is ignored (HOSTILE A35)
	kind         string   // page (default), stream, file, part, question (of whoever is recalled), fresh (a page that wants a fresh proof, A22)
}

// routes is the whole of what the site answers; it reads as the access policy. What one may not, one does not find.
func (s *Site) routes() []route {
	all := [][]route{
		s.publicRoutes(),
		s.factorRoutes(),
		s.accountRoutes(),
		s.securityRoutes(),
		s.doorRoutes(),
		s.resetRoutes(),
		s.emailRoutes(),
		s.knowledgeRoutes(),
		s.departmentRoutes(),
		s.copilotRoutes(),
		s.peopleRoutes(),
		s.invitationRoutes(),
		s.adminRoutes(),
		s.ssoRoutes(),
	}
	if s.Development {
		all = append(all, s.developmentRoutes())
	}
	var out []route
	for _, group := range all {
		out = append(out, group...)
	}
	return out
}

// Route is a route as `routes --json` prints it, so that tests from outside can visit every one.
type Route struct {
	Method     string   `json:"method"`
	Path       string   `json:"path"`
	Permission string   `json:"permission"`
	Changes    bool     `json:"changes"`
	Kind       string   `json:"kind"`
	Form       []string `json:"form,omitempty"`
}

// Routes lists every route of production.
func Routes() []Route {
	var out []Route
	for _, r := range new(Site).routes() {
		kind := r.kind
		if kind == "" {
			kind = "page"
		}
		out = append(out, Route{Method: r.method, Path: r.path, Permission: string(r.needs), Changes: r.method != "GET", Kind: kind, Form: r.form})
	}
	return out
}
