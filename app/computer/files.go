package computer

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
)

// WriteFile writes a file completely or not at all, also when the computer loses power: it writes beside the file
// and then replaces it. Only the user can read the file.
func WriteFile(path string, content func(io.Writer) error) error {
	if err := replaceFile(path, content); err != nil {
		return fmt.Errorf("write %s: %w", filepath.Base(path), err)
	}
	return nil
}

func replaceFile(path string, content func(io.Writer) error) (err error) {
	dir := filepath.Dir(path)
	part, err := os.CreateTemp(dir, ownParts+"*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(part.Name()) // the write failed; this may fail for the same reason
		}
	}()
	if err := errors.Join(content(part), part.Sync(), part.Close()); err != nil {
		return err
	}
	if err := os.Rename(part.Name(), path); err != nil {
		return err
	}
	return syncFolder(dir)
}

// parts is how the names of files begin that aren't complete, and ownParts those of this program.
const parts = ".matterline-"

var ownParts = fmt.Sprint(parts, os.Getpid(), "-")

// RemoveParts removes the files that a killed program was still writing in a folder: they may hold names.
func RemoveParts(dir string) error {
	files, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, file := range files {
		if name := file.Name(); strings.HasPrefix(name, parts) && !strings.HasPrefix(name, ownParts) && file.Type().IsRegular() {
			err = errors.Join(err, os.Remove(filepath.Join(dir, name)))
		}
	}
	return err
}

// syncFolder makes a rename in a folder durable, where the system can.
func syncFolder(dir string) error {
	if runtime.GOOS == "windows" { // has no such call
		return nil
	}
	folder, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer folder.Close()
	if err := folder.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) && !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	return nil
}

// WriteJSON writes a value to one of the app's files, and makes its folder if there is none.
func WriteJSON(path string, v any) error {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("write %s: %w", filepath.Base(path), err)
	}
	return writeText(path, text)
}

func writeText(path string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("write %s: %w", filepath.Base(path), err)
	}
	return WriteFile(path, func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	})
}

// readJSON reads one of the app's files into v, and changes nothing if there is no file. It renames a file that it
// can't parse, or that isn't valid, to *.broken and returns true with the error.
func readJSON(path string, v any, valid func() error) (broken bool, err error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("read %s: %w", filepath.Base(path), err)
	}
	if err = json.Unmarshal(text, v); err == nil {
		err = valid()
	}
	if err == nil {
		return false, nil
	}
	return true, errors.Join(fmt.Errorf("read %s: %w", filepath.Base(path), err), os.Rename(path, path+".broken"))
}

// writeList writes a list as one of the app's files, and no file if the list is empty.
func writeList[T any](path string, all []T) error {
	if len(all) > 0 {
		return WriteJSON(path, all)
	}
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
