#pragma once

#include <qgsoptionswidgetfactory.h>

class QgsFileWidget;
class QLineEdit;
class QSpinBox;

namespace orthocover::qgis {

/// The page of orthocover in QGIS's options: where the program is, and what runs use unless told otherwise.
class OptionsPage final : public QgsOptionsPageWidget {
 public:
  explicit OptionsPage(QWidget* parent);

  void apply() override;

 private:
  void add_fields();
  void show_settings();

  QgsFileWidget* m_program;
  QgsFileWidget* m_models;
  QLineEdit* m_device;
  QSpinBox* m_threads;
  QLineEdit* m_memory;
};

}  // namespace orthocover::qgis
