// The metrics-server of the test cluster, built from its Go module so that no binary has to be downloaded. A program of
// its own, apart from the components: a change here leaves their build, which takes minutes, as it is.
package main

import (
	"os"

	"k8s.io/apiserver/pkg/server"
	"k8s.io/component-base/cli"

	"sigs.k8s.io/metrics-server/cmd/metrics-server/app"
)

func main() {
	os.Exit(cli.Run(app.NewMetricsServerCommand(server.SetupSignalHandler())))
}
