#pragma once

#include <string>
#include <vector>

#include "tests/cli/child_program.h"
#include "tests/georef/made_rasters.h"

namespace orthocover::test {

/// A folder with a small untrained model `model` of two classes and the real program to run on it.
class Workshop {
 public:
  explicit Workshop(int bands = 3);

  std::string operator/(const std::string& name) const { return m_folder / name; }
  std::vector<std::string> names() const { return m_folder.names(); }

  /// Runs the program to its end, without a progress bar.
  Outcome run(std::vector<std::string> words) const;
  /// `segment --model model WORDS...`
  Outcome segment(const std::vector<std::string>& words) const;

  /// Expects the exit code, one line on standard error that contains `parts` in this order, nothing on
  /// standard output and no file more or less than before.
  void expect_refusal(const std::vector<std::string>& words, int exit_code,
                      const std::vector<std::string>& parts) const;

 private:
  Folder m_folder;
};

/// `scene.tif`, whose left half is dark grass and whose right half is bright roof, `labels.gpkg` with
/// polygons in two regions of it, and `legend.json`: what `train` needs.
/// @param name of the scene, without extension
/// @param labels the same of the polygons
/// @param left of the scene, in metres
void make_training_scene(const Workshop& shop, const std::string& name = "scene",
                         const std::string& labels = "labels", double left = 500000);

/// `train` on that scene with patches of 64 px, two at once.
/// @param more options
std::vector<std::string> training_words(const Workshop& shop, const std::vector<std::string>& more,
                                        const std::string& package);

/// `train` on the training scene and another one that it makes, each a place of its own (`place of the
/// other`), with cross-validation over them.
std::vector<std::string> place_words(const Workshop& shop, const std::vector<std::string>& more,
                                     const std::string& package);

/// The bytes of a file.
std::string bytes_of_file(const std::string& path);
void write_bytes(const std::string& path, const std::string& bytes);

}  // namespace orthocover::test
