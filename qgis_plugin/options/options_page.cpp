#include "qgis_plugin/options/options_page.h"

#include <qgsapplication.h>
#include <qgsfilewidget.h>
#include <qgsprocessingregistry.h>

#include <QFormLayout>
#include <QLabel>
#include <QLineEdit>
#include <QSpinBox>

#include "core/operations/registry.h"
#include "qgis_plugin/plugin_settings.h"
#include "qgis_plugin/program_location.h"
#include "qgis_plugin/provider.h"
#include "qgis_plugin/text.h"

namespace orthocover::qgis {
namespace {

constexpr int kMostThreads = 1024;

/// What the operations have as default of a parameter.
QString declared_default(const char* key) {
  for (const OperationSpec& spec : all_operations()) {
    if (const Parameter* parameter = spec.find(key))
      return PluginSettings().default_of(*parameter).toString();
  }
  return {};
}

/// The program that is used while no path is set.
QString found_program() {
  PluginSettings without_path;
  const ProgramLocation found = find_program(without_path);
  return found.path.isEmpty() ? translated("not found") : found.path;
}

}  // namespace

OptionsPage::OptionsPage(QWidget* parent)
    : QgsOptionsPageWidget(parent),
      m_program(new QgsFileWidget(this)),
      m_models(new QgsFileWidget(this)),
      m_device(new QLineEdit(this)),
      m_threads(new QSpinBox(this)),
      m_memory(new QLineEdit(this)) {
  m_program->lineEdit()->setPlaceholderText(found_program());
  m_models->setStorageMode(QgsFileWidget::GetDirectory);
  m_device->setPlaceholderText(declared_default("device"));
  m_threads->setRange(0, kMostThreads);
  m_threads->setSpecialValueText(translated("all cores"));
  m_memory->setPlaceholderText(declared_default("memory"));
  add_fields();
  show_settings();
}

void OptionsPage::add_fields() {
  auto* form = new QFormLayout(this);
  form->addRow(translated("Program orthocover"), m_program);
  form->addRow(translated("Folder with your own models"), m_models);
  form->addRow(translated("Device"), m_device);
  form->addRow(translated("CPU threads"), m_threads);
  form->addRow(translated("Memory limit"), m_memory);
  auto* note = new QLabel(
      translated("Dialogs start with these values. What is left empty is as the program chooses it."), this);
  note->setWordWrap(true);
  form->addRow(note);
}

void OptionsPage::show_settings() {
  const PluginSettings settings = PluginSettings::load();
  m_program->setFilePath(settings.program);
  m_models->setFilePath(settings.models);
  m_device->setText(settings.device);
  m_threads->setValue(settings.threads.toInt());
  m_memory->setText(settings.memory);
}

void OptionsPage::apply() {
  PluginSettings settings;
  settings.program = m_program->filePath();
  settings.models = m_models->filePath();
  settings.device = m_device->text();
  settings.threads = m_threads->value() == 0 ? QString() : QString::number(m_threads->value());
  settings.memory = m_memory->text();
  settings.save();
  auto* provider = QgsApplication::processingRegistry()->providerById(QLatin1String(Provider::kId));
  if (provider != nullptr) provider->refreshAlgorithms();
}

}  // namespace orthocover::qgis
