// A web server that tells who has answered, for tests of the cluster itself.
package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"path"
	"strconv"
	"syscall"
	"time"
)

func main() {
	switch {
	case len(os.Args) == 3 && os.Args[1] == "get":
		get(os.Args[2])
	case len(os.Args) == 3 && os.Args[1] == "sleep":
		sleep(os.Args[2])
	case len(os.Args) == 3 && os.Args[1] == "die":
		die(os.Args[2])
	case len(os.Args) == 3 && os.Args[1] == "allocate":
		allocate(os.Args[2])
	default:
		serve()
	}
}

// get asks another server, from inside a pod that has no other program.
func get(url string) {
	client := http.Client{Timeout: 3 * time.Second}
	response, err := client.Get(url)
	check(err)
	defer response.Body.Close()
	_, err = io.Copy(os.Stdout, response.Body)
	check(err)
}

// sleep is for a preStop hook: distroless images have none.
func sleep(duration string) {
	parsed, err := time.ParseDuration(duration)
	check(err)
	time.Sleep(parsed)
}

// die answers for some time, and then ends with an error.
func die(after string) {
	parsed, err := time.ParseDuration(after)
	check(err)
	go serve()
	time.Sleep(parsed)
	fmt.Fprintln(os.Stderr, "died after", after)
	os.Exit(1)
}

// allocate takes megabytes of memory, and keeps them.
func allocate(megabytes string) {
	count, err := strconv.Atoi(megabytes)
	check(err)
	taken := make([][]byte, count)
	for index := range taken {
		taken[index] = bytes.Repeat([]byte{1}, 1<<20)
	}
	time.Sleep(time.Hour)
}

// answer does what the last element of the path says, below whatever path an Ingress has.
func answer(response http.ResponseWriter, request *http.Request) {
	switch path.Base(request.URL.Path) {
	case "slow":
		sleep(request.URL.Query().Get("for"))
		fmt.Fprintln(response, "slept")
	case "visits":
		const file = "/data/visits"
		visits, _ := os.ReadFile(file)
		visits = append(visits, '.')
		if err := os.WriteFile(file, visits, 0o600); err != nil {
			http.Error(response, err.Error(), http.StatusInternalServerError)
			return
		}
		fmt.Fprintln(response, len(visits))
	default:
		host, _ := os.Hostname()
		fmt.Fprintf(response, "%s %s %s\n", host, request.Host, request.URL.Path)
	}
}

// serve answers until it is asked to end, then finishes what is under way.
func serve() {
	server := http.Server{Addr: ":8080", Handler: http.HandlerFunc(answer)}
	ended := make(chan struct{})
	go func() {
		end := make(chan os.Signal, 1)
		signal.Notify(end, syscall.SIGTERM, syscall.SIGINT)
		<-end
		check(server.Shutdown(context.Background()))
		close(ended)
	}()
	if err := server.ListenAndServe(); err != http.ErrServerClosed {
		check(err)
	}
	<-ended
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
