package handlers

// adminRoutes is what owners, admins and auditors reach; each route names its own permission.
func (s *Site) adminRoutes() []route {
	return append(s.egressRoutes(), append(s.auditRoutes(), s.aiRoutes()...)...)
}
