#include "qgis_plugin/help_text.h"

#include <QRegularExpression>
#include <QStringList>

#include "core/operations/registry.h"
#include "qgis_plugin/qgis_compat.h"
#include "qgis_plugin/text.h"

namespace orthocover::qgis {
namespace {

/// An option in a text, and the name of an operation before it.
const QRegularExpression& option_pattern() {
  static const QRegularExpression kOption = [] {
    QStringList names;
    for (const OperationSpec& operation : all_operations()) names << to_qt(operation.name);
    return QRegularExpression(
        QStringLiteral("(\\b(?:%1)`? )?(?<![\\w/.-])--([a-z0-9]+(?:-[a-z0-9]+)*)\\b(?!-)")
            .arg(names.join('|')));
  }();
  return kOption;
}

/// Options stay as they are behind the name of an operation, and where the command line is spoken of.
/// @param shown what stands for a field's name
template <class Shown>
QString with_names(QString text, const OperationSpec& spec, const Shown& shown) {
  if (text.contains(QLatin1String("on the command line"))) return text;
  int from = 0;
  for (auto match = option_pattern().match(text); match.hasMatch();
       match = option_pattern().match(text, from)) {
    const Parameter* field = spec.find(match.captured(2).replace('-', '_').toStdString());
    const bool is_field = field != nullptr && !field->positional && match.captured(1).isEmpty();
    const QString name = is_field ? shown(translated(field->title())) : match.captured();
    text.replace(match.capturedStart(), match.capturedLength(), name);
    from = match.capturedStart() + static_cast<int>(name.size());
  }
  return text;
}

/// Options are called by their fields' names, and words in backticks stand in a typewriter's letters.
QString rich(const QString& text, const OperationSpec& spec) {
  const auto italic = [](const QString& name) {
    return QStringLiteral("<i>%1</i>").arg(name.toHtmlEscaped());
  };
  QString html = with_names(text.toHtmlEscaped(), spec, italic);
  static const QRegularExpression kCode(QStringLiteral("`([^`]*)`"));
  return html.replace(kCode, QStringLiteral("<code>\\1</code>"));
}

QString paragraphs(const AlgorithmVariant& variant) {
  QString html;
  for (const QString& paragraph :
       variant.text(variant.spec->marked_description).split(QStringLiteral("\n\n")))
    if (!paragraph.isEmpty()) html += QStringLiteral("<p>%1</p>").arg(rich(paragraph, *variant.spec));
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
  const auto quoted = [](const QString& name) { return QStringLiteral("'%1'").arg(name); };
  for (const Parameter& field : spec.parameters)
    if (message.startsWith(to_qt(field.display_name() + " is missing; usage: ")))
      return translated("%1 is missing").arg(quoted(translated(field.title())));
  return with_names(message, spec, quoted);
}

QString help_html(const AlgorithmVariant& variant, const QgsProcessingAlgorithm& algorithm) {
  const OperationSpec& spec = *variant.spec;
  return paragraphs(variant) + fields(spec, algorithm) + examples(spec);
}

}  // namespace orthocover::qgis
