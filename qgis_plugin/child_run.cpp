#include "qgis_plugin/child_run.h"

#include <qgsexception.h>

#include <algorithm>
#include <QFileInfo>
#include <utility>

#include "core/base/version.h"
#include "qgis_plugin/report_reader.h"
#include "qgis_plugin/text.h"

namespace orthocover::qgis {
namespace {

constexpr int kPollMs = 50;
constexpr int kStartMs = 30000;
constexpr int kGraceMs = 20000;  ///< a pass of a large patch takes seconds
constexpr const char* kWarning = "warning: ";

ChildOutcome cancelled() {
  ChildOutcome outcome;
  outcome.cancelled = true;
  return outcome;
}

}  // namespace

QStringList ChildLines::add(const QByteArray& piece) {
  m_pending += piece;
  QStringList lines;
  qsizetype begin = 0;
  for (qsizetype end = 0; (end = m_pending.indexOf('\n', static_cast<int>(begin))) >= 0; begin = end + 1) {
    const QByteArray line = m_pending.mid(static_cast<int>(begin), static_cast<int>(end - begin));
    lines << QString::fromUtf8(line);
  }
  m_pending.remove(0, static_cast<int>(begin));
  return lines;
}

QString ChildLines::rest() {
  const QString line = QString::fromUtf8(m_pending);
  m_pending.clear();
  return line;
}

ChildRun::ChildRun(QString program, QgsProcessingFeedback& feedback, Wording wording, double begin)
    : m_program(std::move(program)),
      m_feedback(feedback),
      m_wording(std::move(wording)),
      m_begin(begin),
      m_percent(begin) {}

ChildOutcome ChildRun::run(const QStringList& words) {
  if (m_feedback.isCanceled()) return cancelled();
  start(words);
  listen();
  return outcome();
}

void ChildRun::start(const QStringList& words) {
  m_prefix = QStringLiteral("orthocover %1: ").arg(words.value(0));
  QStringList arguments = words;
  arguments.insert(1, QStringLiteral("--child"));
  m_process.start(m_program, arguments);
  if (m_process.waitForStarted(kStartMs)) return;
  const QString cure = QFileInfo(m_program).isExecutable()
                           ? QString()
                           : translated(
                                 ": install orthocover anew, or correct the path in Settings > Options "
                                 "> orthocover");
  throw QgsProcessingException(
      translated("%1 could not be started (%2)%3.").arg(m_program, m_process.errorString(), cure));
}

void ChildRun::listen() {
  while (m_process.state() != QProcess::NotRunning) {
    m_process.waitForReadyRead(kPollMs);
    read_output();
    read_messages();
    if (m_feedback.isCanceled() || !m_refusal.isEmpty()) stop();
  }
  read_output();
  read_messages();
  if (const QString line = m_output.rest(); !line.isEmpty()) handle_event(line);
  if (const QString line = m_messages.rest(); !line.isEmpty()) handle_message(line);
}

void ChildRun::stop() {
  m_process.closeWriteChannel();
  m_process.terminate();
  if (m_process.waitForFinished(kGraceMs)) return;
  m_process.kill();
  m_process.waitForFinished(kGraceMs);
}

void ChildRun::read_output() {
  for (const QString& line : m_output.add(m_process.readAllStandardOutput())) handle_event(line);
}

void ChildRun::read_messages() {
  for (const QString& line : m_messages.add(m_process.readAllStandardError())) handle_message(line);
}

void ChildRun::handle_event(const QString& line) {
  const auto event = nlohmann::json::parse(line.toStdString(), nullptr, false);
  const QString kind = event.is_object() ? report_text(event, "event") : QString();
  if (kind == QLatin1String("start"))
    handle_start(event);
  else if (kind == QLatin1String("progress"))
    handle_progress(event);
  else if (kind == QLatin1String("result") || kind == QLatin1String("error"))
    m_result = event;
  else if (!line.trimmed().isEmpty())
    m_feedback.pushConsoleInfo(line);
}

void ChildRun::handle_start(const nlohmann::json& event) {
  const QString version = report_text(event, "version");
  const QString own = to_qt(std::string(orthocover::version()));
  if (version == own) return;
  m_refusal = translated("%1 is version %2, but this plugin is version %3: install both of one version.")
                  .arg(m_program, version, own);
}

void ChildRun::handle_progress(const nlohmann::json& event) {
  const auto fraction = event.find("fraction");
  if (fraction == event.end() || !fraction->is_number()) return;
  show_last_message();
  const double percent = m_begin + (100 - m_begin) * fraction->get<double>();
  m_percent = std::max(m_percent, std::min(100.0, percent));
  m_feedback.setProgress(m_percent);
  const QString stage = report_text(event, "stage");
  if (m_stages.contains(stage)) return;
  m_stages << stage;
  m_feedback.setProgressText(stage);
}

void ChildRun::handle_message(const QString& line) {
  show_last_message();
  m_last_message = line;
  // What may be the error, too, waits for the result.
  if (last_message_text().startsWith(QLatin1String(kWarning))) show_last_message();
}

QString ChildRun::last_message_text() const {
  return m_last_message.startsWith(m_prefix) ? m_last_message.mid(m_prefix.size()) : m_last_message;
}

void ChildRun::show_last_message() {
  const QString text = last_message_text();
  if (text.startsWith(QLatin1String(kWarning)))
    m_feedback.pushWarning(m_wording(text.mid(static_cast<int>(qstrlen(kWarning)))));
  else if (!text.isEmpty())
    m_feedback.pushInfo(m_wording(text));
  m_last_message.clear();
}

void ChildRun::fail(const QString& message) {
  // The program says its error on standard error too; once is enough.
  if (!last_message_text().contains(message)) show_last_message();
  throw QgsProcessingException(m_wording(message));
}

ChildOutcome ChildRun::outcome() {
  const bool done = m_result && report_text(*m_result, "event") == QLatin1String("result");
  if (m_feedback.isCanceled() && !done) return show_last_message(), cancelled();
  if (!m_refusal.isEmpty()) fail(m_refusal);
  if (m_process.exitStatus() == QProcess::CrashExit) {
    fail(
        translated("The program orthocover ended without warning: it crashed, or something ended it, such as "
                   "a lack of memory. QGIS is not affected; a smaller 'Memory limit' or fewer 'Patches at "
                   "once' may help."));
  }
  if (!m_result) {
    const QString message = last_message_text();
    fail(
        message.isEmpty()
            ? translated("The program orthocover ended with code %1 and no result.").arg(m_process.exitCode())
            : message);
  }
  if (report_text(*m_result, "event") == QLatin1String("error")) fail(report_text(*m_result, "message"));
  show_last_message();
  nlohmann::json report = m_result->value("report", nlohmann::json());
  if (const auto scenes = report.find("scenes"); scenes != report.end())
    for (nlohmann::json& scene : *scenes)
      if (const QString said = report_text(scene, "message"); !said.isEmpty())
        scene["message"] = m_wording(said).toStdString();
  return {false, static_cast<int>(report_number(*m_result, "exit_code")),
          m_wording(report_text(*m_result, "text")), std::move(report)};
}

}  // namespace orthocover::qgis
