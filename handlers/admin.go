package handlers

import "slices"

// adminRoutes is what owners, admins and auditors reach; each route names its own permission.
func (s *Site) adminRoutes() []route {
	return slices.Concat(s.egressRoutes(), s.auditRoutes(), s.aiRoutes(), s.roleRoutes())
}
