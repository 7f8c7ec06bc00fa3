// Command licences writes the licences of everything that portald contains into one file: Go, the Go modules, and the
// npm packages and fonts of the client pages. It fails if one is missing. Build the client pages first.
//
//	go run ./build/licences FILE
package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"

	"matterline/frontend"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) != 2 {
		log.Fatal("usage: go run ./build/licences FILE")
	}
	modules, err := goModules()
	if err != nil {
		log.Fatal(err)
	}
	packages, err := npmPackages(frontend.Client())
	if err != nil {
		log.Fatal(err)
	}
	text := strings.Join(append(modules, packages...), "\n"+strings.Repeat("=", 80)+"\n\n")
	if err := os.WriteFile(os.Args[1], []byte(text), 0o644); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s has the licences of Go, %d Go modules and %d npm packages.\n", os.Args[1], len(modules)-1, len(packages))
}

// goModules returns the licences of Go and of each module that portald contains.
func goModules() ([]string, error) {
	list := exec.Command("go", "list", "-deps", "-tags", "sqlite_fts5", "-f", "{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}\t{{.Dir}}\t{{$.Dir}}{{end}}{{end}}", "matterline/app/cmd/portald")
	list.Stderr = os.Stderr
	out, err := list.Output()
	if err != nil {
		return nil, fmt.Errorf("list the Go modules: %w", err)
	}
	files := map[string]map[string]bool{} // of each module
	for line := range strings.Lines(string(out)) {
		fields := strings.Split(strings.TrimSpace(line), "\t")
		if len(fields) != 3 {
			continue // a package of Go itself or of ours
		}
		name, root, folder := fields[0], fields[1], fields[2]
		if files[name] == nil {
			files[name] = map[string]bool{}
		}
		for { // a folder may hold code under another licence
			found, err := licenceFiles(folder)
			if err != nil {
				return nil, err
			}
			for _, file := range found {
				files[name][file] = true
			}
			if folder == root {
				break
			}
			folder = filepath.Dir(folder)
		}
	}
	goFiles, err := goLicence()
	if err != nil {
		return nil, err
	}
	files["Go "+runtime.Version()] = goFiles
	var texts []string
	for _, name := range slices.Sorted(maps.Keys(files)) {
		text, err := join(name, slices.Sorted(maps.Keys(files[name])))
		if err != nil {
			return nil, err
		}
		texts = append(texts, text)
	}
	return texts, nil
}

func goLicence() (map[string]bool, error) {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return nil, fmt.Errorf("find Go: %w", err)
	}
	found, err := licenceFiles(strings.TrimSpace(string(root)))
	files := map[string]bool{}
	for _, file := range found {
		files[file] = true
	}
	return files, err
}

var licenceName = regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice|patents)`)

func licenceFiles(folder string) (found []string, err error) {
	entries, err := os.ReadDir(folder)
	for _, entry := range entries {
		if licenceName.MatchString(entry.Name()) && !entry.IsDir() && filepath.Ext(entry.Name()) != ".go" {
			found = append(found, filepath.Join(folder, entry.Name()))
		}
	}
	return found, err
}

func join(name string, files []string) (string, error) {
	text := name + "\n"
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			return "", err
		}
		text += "\n" + string(content)
	}
	if len(files) == 0 {
		return "", fmt.Errorf("%s has no licence", name)
	}
	return text, nil
}

// npmPackages returns the licences of the packages in the client pages, which Vite has listed. It fails if a font
// doesn't belong to one of them.
func npmPackages(pages fs.FS) ([]string, error) {
	content, err := fs.ReadFile(pages, "licences.json")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errors.New("the client pages aren't built: run npm run build in frontend")
	} else if err != nil {
		return nil, err
	}
	var packages []struct{ Name, Version, Identifier, Text string }
	if err := json.Unmarshal(content, &packages); err != nil {
		return nil, fmt.Errorf("read licences.json: %w", err)
	}
	var texts, fonts []string
	for _, p := range packages {
		if p.Text == "" {
			return nil, fmt.Errorf("the npm package %s has no licence", p.Name)
		}
		if scope, name := path.Split(p.Name); strings.HasPrefix(scope, "@fontsource") {
			fonts = append(fonts, name)
		}
		texts = append(texts, fmt.Sprintf("%s %s (%s)\n\n%s\n", p.Name, p.Version, cmp.Or(p.Identifier, "see below"), p.Text))
	}
	err = fs.WalkDir(pages, ".", func(file string, _ fs.DirEntry, err error) error {
		isFont := slices.Contains([]string{".woff", ".woff2", ".ttf", ".otf"}, path.Ext(file))
		if isFont && !slices.ContainsFunc(fonts, func(name string) bool { return strings.HasPrefix(path.Base(file), name+"-") }) {
			return fmt.Errorf("the font %s has no licence", file)
		}
		return err
	})
	return texts, err
}
