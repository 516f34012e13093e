#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <opencv2/imgproc.hpp>
#include <regex>
#include <stdexcept>
#include <vector>

#include "core/training/augment/affine.h"
#include "core/training/augment/bands.h"
#include "core/training/augment/colour.h"
#include "core/training/augment/crops.h"
#include "core/training/augment/distortion.h"
#include "core/training/augment/occlusion.h"
#include "core/training/augment/quality.h"
#include "core/training/augment/sharpness.h"
#include "core/training/augment/symmetry.h"
#include "core/training/augment/tone.h"

namespace orthocover::augment {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// An array of NumPy with shape [rows, cols] or [rows, cols, bands], bytes or 32-bit floats in C order.
/// @throws std::invalid_argument
cv::Mat read_npy(const std::filesystem::path& file) {
  const auto refuse = [&](const char* why) { throw std::invalid_argument(file.string() + why); };
  std::ifstream stream(file, std::ios::binary);
  std::string start(10, '\0');
  stream.read(start.data(), 10);
  if (!stream || !start.starts_with("\x93NUMPY\x01")) refuse(" is not a .npy file of version 1");
  std::string header(static_cast<unsigned char>(start[8]) + 256U * static_cast<unsigned char>(start[9]),
                     '\0');
  stream.read(header.data(), static_cast<std::streamsize>(header.size()));
  static const std::regex kHeader(
      R"(.*'descr': '(\|u1|<f4)', 'fortran_order': False, 'shape': \((\d+), (\d+)(?:, (\d+))?\).*\n)");
  std::smatch match;
  if (!std::regex_match(header, match, kHeader)) refuse(" is no image of bytes or floats");
  const int bands = match[4].matched ? std::stoi(match[4]) : 1;
  cv::Mat image(std::stoi(match[2]), std::stoi(match[3]),
                CV_MAKETYPE(match[1] == "<f4" ? CV_32F : CV_8U, bands));
  stream.read(reinterpret_cast<char*>(image.data),
              static_cast<std::streamsize>(image.total() * image.elemSize()));
  if (!stream || stream.peek() != EOF) refuse(" has another size than its header says");
  return image;
}

/// Folder with cases.json and the arrays; empty where ORTHOCOVER_ORACLE_DIR names none.
fs::path cases_folder() {
  const char* oracle = std::getenv("ORTHOCOVER_ORACLE_DIR");
  if (oracle == nullptr) return {};
  for (const fs::path& folder : {fs::path(oracle) / "augment", fs::path(oracle).parent_path() / "augment"})
    if (fs::is_regular_file(folder / "cases.json")) return folder;
  return {};
}

std::uint64_t splitmix64(std::uint64_t seed, std::uint64_t index) {
  std::uint64_t z = seed + 0x9E3779B97F4A7C15 * (index + 1);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
  return z ^ (z >> 31);
}

/// Block noise at three scales, one band of a picture that depends on nothing but a name.
cv::Mat formula_plane(const std::string& name, int plane, cv::Size size) {
  constexpr std::pair<int, double> kScales[] = {{32, 1.25}, {8, 0.75}, {1, 0.5}};
  cv::Mat_<float> values(size);
  for (int y = 0; y < size.height; ++y) {
    for (int x = 0; x < size.width; ++x) {
      double sum = 0;
      for (const auto& [s, amplitude] : kScales) {
        std::uint64_t key = 0xCBF29CE484222325;
        for (const char c : "input:" + name + ":" + std::to_string(s))
          key = (key ^ static_cast<unsigned char>(c)) * 0x100000001B3;
        const int rows = (size.height + s - 1) / s;
        const int cols = (size.width + s - 1) / s;
        const auto index = static_cast<std::uint64_t>((plane * rows + y / s) * cols + x / s);
        const double unit = static_cast<double>(splitmix64(key, index) >> 40) * 0x1p-24;
        sum += amplitude * (2.0 * unit - 1.0);
      }
      values(y, x) = static_cast<float>(sum);
    }
  }
  return values;
}

Border border_of(const json& params) {
  if (params.at("border") == "reflect101") return {BorderMode::ReflectLabels, 0};
  return {BorderMode::Constant, 0};
}

using Run = std::function<void(AugmentSample&, const json& params)>;

Run symmetry(Symmetry element) {
  return [element](AugmentSample& s, const json&) { apply_symmetry(s, element); };
}

Run resized(int interpolation) {
  return [=](AugmentSample& s, const json& p) { resize(s, {p.at("w"), p.at("h")}, interpolation); };
}

void shift_scale_rotate(AugmentSample& s, const json& p) {
  ShiftScaleRotate::apply(
      s, {p.at("angle_deg"), p.value("scale", 1.0), p.value("dx", 0.0), p.value("dy", 0.0), border_of(p)});
}

void affine_2x(AugmentSample& s, const json& p) {
  Affine::Drawn drawn{p["scale"][0],
                      p["scale"][1],
                      p["rotate_deg"],
                      -p["shear_in_matrix_deg"][0].get<double>(),
                      -p["shear_in_matrix_deg"][1].get<double>(),
                      p["translate_px"][0].get<double>() / s.image.cols,
                      p["translate_px"][1].get<double>() / s.image.rows,
                      border_of(p)};
  const cv::Matx23d matrix = Affine::matrix(drawn, s.image.size());
  for (int row = 0; row < 2; ++row) {
    for (int col = 0; col < 3; ++col)
      EXPECT_NEAR(matrix(row, col), p["matrix"][std::size_t(row)][std::size_t(col)].get<double>(), 1e-9);
  }
  Affine::apply(s, drawn);
}

void perspective(AugmentSample& s, const json& p) {
  Perspective::Drawn drawn;
  for (std::size_t i = 0; i < 4; ++i) {
    const json& point = p["points_tl_tr_br_bl"][i];
    drawn.corners[i] = {point[0].get<double>() / s.image.cols, point[1].get<double>() / s.image.rows};
  }
  Perspective::apply(s, drawn);
}

void elastic(AugmentSample& s, const json&) {
  cv::Mat fields[2];
  for (int i = 0; i < 2; ++i) {
    cv::GaussianBlur(formula_plane("elastic", i, s.image.size()), fields[i], {17, 17}, 4);
    fields[i] *= 30;
  }
  displace(s, fields[0], fields[1], {BorderMode::ReflectLabels, 0});
}

void gauss_noise(AugmentSample& s, const json&) {
  std::vector<cv::Mat> planes;
  for (int i = 0; i < 3; ++i) planes.push_back(5 * formula_plane("noise", i, s.image.size()));
  cv::Mat noise;
  cv::merge(planes, noise);
  add_noise(s, noise);
}

void jitter(AugmentSample& s, const json& p, double ColourJitter::Drawn::*member) {
  ColourJitter::Drawn drawn;
  drawn.*member = p.at("factor");
  ColourJitter::apply(s, drawn);
}

void padded(AugmentSample& s, const json& p) {
  const bool constant = p.value("border", "") == "constant";
  pad(s, {p["top"], p["bottom"], p["left"], p["right"]},
      {constant ? BorderMode::Constant : BorderMode::ReflectLabels, 0});
}

void shadow(AugmentSample& s, const json& p) {
  std::vector<cv::Point> polygon;
  for (const json& point : p["polygon"]) polygon.emplace_back(point[0].get<int>(), point[1].get<int>());
  darken(s, {polygon}, p["intensity"]);
}

void coarse_dropout(AugmentSample& s, const json& p) {
  std::vector<cv::Rect> holes;
  for (const json& hole : p["holes_x1y1x2y2"])
    holes.emplace_back(cv::Point(hole[0], hole[1]), cv::Point(hole[2], hole[3]));
  drop_rectangles(s, holes, p["fill"], p["mask_fill"] == 255);
}

const std::map<std::string, Run>& runs() {
  using S = AugmentSample;
  static const std::map<std::string, Run> kRuns = {
      {"hflip", symmetry({false, true, false})},
      {"vflip", symmetry({false, false, true})},
      {"transpose", symmetry({true, false, false})},
      {"rot90_1", symmetry(Symmetry::quarter_turns(1))},
      {"rot90_2", symmetry(Symmetry::quarter_turns(2))},
      {"rot90_3", symmetry(Symmetry::quarter_turns(3))},
      {"d4_hvt", symmetry({true, true, true})},
      {"shift_scale_rotate_reflect101", shift_scale_rotate},
      {"shift_scale_rotate_constant", shift_scale_rotate},
      {"rotate_reflect101", shift_scale_rotate},
      {"rotate_constant", shift_scale_rotate},
      {"affine_2x", affine_2x},
      {"perspective_131", perspective},
      {"grid_distortion",
       [](S& s, const json& p) {
         GridDistortion::apply(s, {p["stepsx"], p["stepsy"], border_of(p)});
       }},
      {"optical_distortion",
       [](S& s, const json& p) {
         OpticalDistortion::apply(s, {p["k"], (p["dx"].get<double>() + 0.5) / s.image.cols,
                                      (p["dy"].get<double>() - 0.5) / s.image.rows, border_of(p)});
       }},
      {"elastic", elastic},
      {"random_crop",
       [](S& s, const json& p) {
         crop(s, placed(s.image.size(), {p["crop_w"], p["crop_h"]}, p["w_start"], p["h_start"]));
       }},
      {"center_crop",
       [](S& s, const json& p) {
         const cv::Size part(p["crop_w"], p["crop_h"]);
         crop(s, {{(s.image.cols - part.width) / 2, (s.image.rows - part.height) / 2}, part});
       }},
      {"pad_if_needed_center", padded},
      {"pad_reflect101", padded},
      {"resize_61x83_linear", resized(cv::INTER_LINEAR)},
      {"resize_61x83_area", resized(cv::INTER_AREA)},
      {"resize_61x83_cubic", resized(cv::INTER_CUBIC)},
      {"resize_61x83_nearest", resized(cv::INTER_NEAREST)},
      {"resize_up_150x217_linear", resized(cv::INTER_LINEAR)},
      {"random_scale_0.87",
       [](S& s, const json& p) {
         const double scale = p["scale"];
         resize(s, {static_cast<int>(s.image.cols * scale), static_cast<int>(s.image.rows * scale)},
                cv::INTER_LINEAR);
       }},
      {"random_resized_crop",
       [](S& s, const json& p) {
         crop(s, {p["x"], p["y"], p["w"], p["h"]});
         resize(s, {p["out_w"], p["out_h"]}, cv::INTER_LINEAR);
       }},
      {"brightness_contrast_max",
       [](S& s, const json& p) {
         BrightnessContrast::apply(s, {p["alpha"], p["beta"], true});
       }},
      {"brightness_contrast_mean",
       [](S& s, const json& p) {
         BrightnessContrast::apply(s, {p["alpha"], p["beta"], false});
       }},
      {"gamma_0.87", [](S& s, const json& p) { Gamma::apply(s, {p["gamma"]}); }},
      {"gamma_1.15", [](S& s, const json& p) { Gamma::apply(s, {p["gamma"]}); }},
      {"hsv_131",
       [](S& s, const json& p) {
         HueSaturationValue::apply(s, {p["hue"], p["sat"], p["val"], false});
       }},
      {"hsv_131b",
       [](S& s, const json& p) {
         HueSaturationValue::apply(s, {p["hue"], p["sat"], p["val"], false});
       }},
      {"hsv_208",
       [](S& s, const json& p) {
         HueSaturationValue::apply(s, {p["hue"], p["sat"], p["val"], true});
       }},
      {"rgb_shift",
       [](S& s, const json& p) {
         RgbShift::apply(s, {p["r"], p["g"], p["b"]});
       }},
      {"clahe",
       [](S& s, const json& p) {
         Clahe::apply(s, {p["clip_limit"], p["tiles"][0]});
       }},
      {"to_gray", [](S& s, const json&) { ToGray::apply(s, {}); }},
      {"channel_shuffle_201",
       [](S& s, const json& p) {
         ChannelShuffle::apply(s, {{p["order"][0], p["order"][1], p["order"][2]}});
       }},
      {"equalize_luma_none", [](S&, const json&) {}},
      {"jitter_brightness_1.21", [](S& s, const json& p) { jitter(s, p, &ColourJitter::Drawn::brightness); }},
      {"jitter_contrast_0.77", [](S& s, const json& p) { jitter(s, p, &ColourJitter::Drawn::contrast); }},
      {"jitter_saturation_1.34", [](S& s, const json& p) { jitter(s, p, &ColourJitter::Drawn::saturation); }},
      {"jitter_hue_0.08", [](S& s, const json& p) { jitter(s, p, &ColourJitter::Drawn::hue); }},
      {"jitter_hue_-0.13", [](S& s, const json& p) { jitter(s, p, &ColourJitter::Drawn::hue); }},
      {"gaussian_blur_5_auto",
       [](S& s, const json& p) {
         GaussianBlur::apply(s, {p["sigma"], p["ksize"]});
       }},
      {"gaussian_blur_7_1.3",
       [](S& s, const json& p) {
         GaussianBlur::apply(s, {p["sigma"], p["ksize"]});
       }},
      {"gaussian_blur_208_1.7",
       [](S& s, const json& p) {
         GaussianBlur::apply(s, {p["sigma"], 0});
       }},
      {"box_blur_5", [](S& s, const json& p) { Blur::apply(s, {p["ksize"]}); }},
      {"median_blur_5", [](S& s, const json& p) { MedianBlur::apply(s, {p["ksize"]}); }},
      {"motion_blur_7",
       [](S& s, const json& p) {
         const json& line = p["line"];
         MotionBlur::apply(s, {p["ksize"], {line[0][0], line[0][1]}, {line[1][0], line[1][1]}});
       }},
      {"sharpen",
       [](S& s, const json& p) {
         Sharpen::apply(s, {p["alpha"], p["lightness"]});
       }},
      {"gauss_noise", gauss_noise},
      {"coarse_dropout", coarse_dropout},
      {"shadow", shadow},
  };
  return kRuns;
}

/// Grey levels that another build of OpenCV may differ by.
double tolerance_of(const std::string& name) {
  for (const char* exact :
       {"flip", "transpose", "rot90", "d4", "crop", "pad", "nearest", "gamma", "brightness", "contrast",
        "shift_201", "rgb_shift", "dropout", "shadow", "noise", "none"}) {
    if (name.find(exact) != std::string::npos && name != "random_resized_crop") return 0;
  }
  return 1;
}

/// @param share of the values that may differ at all
void expect_equal(const cv::Mat& got, const cv::Mat& wanted, double tolerance, double share) {
  ASSERT_EQ(got.size(), wanted.size());
  ASSERT_EQ(got.type(), wanted.type());
  EXPECT_LE(cv::norm(got, wanted, cv::NORM_INF), tolerance);
  cv::Mat different = got.reshape(1) != wanted.reshape(1);
  EXPECT_LE(cv::countNonZero(different), share * static_cast<double>(different.total()));
}

TEST(ExactCases, EveryTransformGivesThePixelsOfTheReference) {
  const fs::path folder = cases_folder();
  if (folder.empty()) GTEST_SKIP() << "ORTHOCOVER_ORACLE_DIR names no folder with augment/cases.json";
  std::ifstream stream(folder / "cases.json");
  const json cases = json::parse(stream).at("cases");
  const AugmentSample input{
      read_npy(folder / "input_image.npy"), read_npy(folder / "input_mask.npy"), {0, 1, 2}};
  int checked = 0;
  for (const json& one : cases) {
    const std::string name = one.at("name");
    SCOPED_TRACE(name);
    // Scaling for the network is the patch loader's, and no variation.
    if (name == "normalize_imagenet") continue;
    ASSERT_EQ(runs().count(name), 1U);
    AugmentSample sample = input;
    runs().at(name)(sample, one.at("params"));
    const double tolerance = tolerance_of(name);
    expect_equal(sample.image, read_npy(folder / one["image"]["file"].get<std::string>()), tolerance,
                 tolerance == 0 ? 0 : 0.002);
    const cv::Mat labels =
        one.contains("mask") ? read_npy(folder / one["mask"]["file"].get<std::string>()) : input.labels;
    expect_equal(sample.labels, labels, tolerance == 0 ? 0 : 255, tolerance == 0 ? 0 : 0.001);
    ++checked;
  }
  EXPECT_EQ(checked, 54);
}

}  // namespace
}  // namespace orthocover::augment
