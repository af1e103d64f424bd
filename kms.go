package main

// The key management services that KMS_URL can name (P32). Their drivers are linked here only, so that tests of other
// rooms need not link clouds.
import (
	_ "gocloud.dev/secrets/awskms"
	_ "gocloud.dev/secrets/azurekeyvault"
	_ "gocloud.dev/secrets/gcpkms"
	_ "gocloud.dev/secrets/hashivault"
)
