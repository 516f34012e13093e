#pragma once

#include <qgsprocessingfeedback.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <QByteArray>
#include <QProcess>
#include <QStringList>

namespace orthocover::qgis {

/// How a run of the program ended, where it did not fail.
struct ChildOutcome {
  bool cancelled = false;
  int exit_code = 0;
  QString text;           ///< what the operation prints otherwise
  nlohmann::json report;  ///< what came out; null when there is nothing to say
};

/// Puts the pieces that a pipe gives together into lines.
class ChildLines {
 public:
  /// @return the lines that the piece completed
  QStringList add(const QByteArray& piece);

  /// The last line when it had no end; empty otherwise.
  QString rest();

 private:
  QByteArray m_pending;
};

/// Runs the program as a child process and listens to it: JSON objects on standard output, messages on
/// standard error (docs/automation.md). Works in any thread, without an event loop.
class ChildRun {
 public:
  /// How a message of the program is shown.
  using Wording = std::function<QString(const QString& message)>;

  /// @param feedback told of progress and messages, asked for the wish to stop; outlives the object
  /// @param begin percent of the whole that is done before
  ChildRun(
      QString program, QgsProcessingFeedback& feedback,
      Wording wording = [](const QString& message) { return message; }, double begin = 0);

  /// @param words the operation and its arguments
  /// @throws QgsProcessingException with the program's own message, or what became of it
  ChildOutcome run(const QStringList& words);

 private:
  void start(const QStringList& words);
  void listen();
  void stop();
  void read_output();
  void read_messages();
  void handle_event(const QString& line);
  void handle_start(const nlohmann::json& event);
  void handle_progress(const nlohmann::json& event);
  void handle_message(const QString& line);
  void show_last_message();
  ChildOutcome outcome();
  [[noreturn]] void fail(const QString& message);
  QString last_message_text() const;

  QString m_program;
  QgsProcessingFeedback& m_feedback;
  Wording m_wording;
  QProcess m_process;
  ChildLines m_output;
  ChildLines m_messages;
  QString m_prefix;        ///< what the program puts before every message
  QString m_last_message;  ///< not shown yet: it may be the error, which is shown as such
  QStringList m_stages;    ///< those that were shown: stages of several scenes take turns
  double m_begin;
  double m_percent;
  std::optional<nlohmann::json> m_result;
  QString m_refusal;  ///< why the program can't be listened to
};

}  // namespace orthocover::qgis
