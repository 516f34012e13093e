#include "qgis_plugin/help_text.h"

#include <QRegularExpression>
#include <QStringList>

#include "qgis_plugin/qgis_compat.h"
#include "qgis_plugin/text.h"

namespace orthocover::qgis {
namespace {

/// What paragraphs of descriptions say that are about many scenes.
constexpr const char* kBatchWords = "several inputs";

/// How paragraphs of descriptions begin that mean nothing in a dialog.
constexpr const char* kCommandLineWords = "On the command line:";

/// @param form of a field's name, with %1 for it
QString with_field_names(QString text, const OperationSpec& spec, const QString& form) {
  for (const Parameter& parameter : spec.parameters) {
    if (parameter.positional) continue;
    const QRegularExpression option(QStringLiteral("--%1\\b(?!-)").arg(to_qt(parameter.name)));
    text.replace(option, form.arg(translated(parameter.title()).toHtmlEscaped()));
  }
  return text;
}

/// Options are called by their fields' names, and words in backticks stand in a typewriter's letters.
QString rich(const QString& text, const OperationSpec& spec) {
  QString html = with_field_names(text.toHtmlEscaped(), spec, QStringLiteral("<i>%1</i>"));
  static const QRegularExpression kCode(QStringLiteral("`([^`]*)`"));
  return html.replace(kCode, QStringLiteral("<code>\\1</code>"));
}

/// Paragraphs on the command line stay out of dialogs, and those on batches out of the dialog for one scene.
QString paragraphs(const AlgorithmVariant& variant) {
  QString html;
  const bool one = variant.splits && variant.form == InputForm::One;
  for (const QString& paragraph : to_qt(variant.spec->description).split(QStringLiteral("\n\n"))) {
    if (paragraph.startsWith(QLatin1String(kCommandLineWords))) continue;
    if (one && paragraph.contains(QLatin1String(kBatchWords))) continue;
    html += QStringLiteral("<p>%1</p>").arg(rich(translated(paragraph.toStdString()), *variant.spec));
  }
  return html;
}

QString fields(const OperationSpec& spec, const QgsProcessingAlgorithm& algorithm) {
  QString html = QStringLiteral("<h3>%1</h3>").arg(translated("Parameters"));
  for (const auto* field : algorithm.parameterDefinitions()) {
    if (field->flags() & compat::kHidden) continue;
    html += QStringLiteral("<p><b>%1</b><br>%2</p>")
                .arg(field->description().toHtmlEscaped(), rich(field->help(), spec));
  }
  return html;
}

QString examples(const OperationSpec& spec) {
  QString html = QStringLiteral("<h3>%1</h3>").arg(translated("On the command line"));
  for (const auto& [command, what] : spec.examples) {
    html += QStringLiteral("<p>%1:<br><code>%2</code></p>")
                .arg(translated(what).toHtmlEscaped(), to_qt(command).toHtmlEscaped());
  }
  return html;
}

}  // namespace

QString with_field_names(const QString& message, const OperationSpec& spec) {
  return with_field_names(message, spec, QStringLiteral("'%1'"));
}

QString help_html(const AlgorithmVariant& variant, const QgsProcessingAlgorithm& algorithm) {
  const OperationSpec& spec = *variant.spec;
  return paragraphs(variant) + fields(spec, algorithm) + examples(spec);
}

}  // namespace orthocover::qgis
