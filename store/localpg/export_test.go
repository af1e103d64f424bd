package localpg

// ParsePidfile reads the text of a server's pid file.
func ParsePidfile(text string) (pid int, sock string, err error) {
	p, err := parsePidfile(text)
	return p.pid, p.sock, err
}
