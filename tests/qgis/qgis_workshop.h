#pragma once

#include <gtest/gtest.h>
#include <qgsprocessingalgorithm.h>
#include <qgsprocessingcontext.h>
#include <qgsprocessingfeedback.h>
#include <qgsproject.h>

#include <memory>
#include <QTemporaryDir>
#include <vector>

namespace orthocover::qgis {

/// A setting of the plugin for the time of a test.
class SettingForNow {
 public:
  SettingForNow(const char* key, const QString& value);
  ~SettingForNow();
  SettingForNow(const SettingForNow&) = delete;
  SettingForNow& operator=(const SettingForNow&) = delete;

 private:
  QString m_key;
  QVariant m_before;
};

/// A variable of the environment for the time of a test.
class VariableForNow {
 public:
  VariableForNow(const char* name, const QString& value);
  ~VariableForNow();
  VariableForNow(const VariableForNow&) = delete;
  VariableForNow& operator=(const VariableForNow&) = delete;

 private:
  const char* m_name;
  QByteArray m_before;
  bool m_was_set;
};

/// Listens to a run: keeps progress and messages, and cancels when it is told to.
class ListeningFeedback final : public QgsProcessingFeedback {
 public:
  ListeningFeedback();

  /// Cancels as soon as the progress has come so far.
  void cancel_at(double percent) { m_cancel_at = percent; }
  const std::vector<double>& percents() const { return m_percents; }

 private:
  std::vector<double> m_percents;
  double m_cancel_at = 1000;
};

/// A folder, a project and what a run of an algorithm needs.
class QgisWorkshop : public testing::Test {
 protected:
  QgisWorkshop();

  QString path(const QString& name) const;
  /// The sample orthophoto.
  static QString ortho();
  /// A small part of it, for speed, as `xmin,xmax,ymin,ymax [EPSG:3857]`.
  static QString small_extent();
  /// Writes a text file into the folder.
  QString write(const QString& name, const QByteArray& content) const;
  /// Two squares of the classes a and b, as GeoJSON.
  QString polygon_file(const QString& name) const;
  QStringList files() const;

  static std::unique_ptr<QgsProcessingAlgorithm> algorithm(const QString& id);
  /// Runs to the end; exceptions get through.
  QVariantMap run(const QString& id, const QVariantMap& parameters);
  /// The text of the error that a run ends with; empty when there was none.
  QString error_of(const QString& id, const QVariantMap& parameters);

  QTemporaryDir m_folder;
  QgsProject m_project;
  QgsProcessingContext m_context;
  ListeningFeedback m_feedback;
};

}  // namespace orthocover::qgis
