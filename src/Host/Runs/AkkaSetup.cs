using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Hosting.Logging;

namespace Pggan.Host;

/// <summary>Starts the actor system from hocon/pggan.hocon, with its warnings in the run's log.</summary>
internal static class AkkaSetup
{
    // Signals are the host's (StopSignals): Akka's own hook would end the system before the outcome is told.
    private const string OfTheHost = """
        akka.loggers = ["Akka.Hosting.Logging.LoggerFactoryLogger, Akka.Hosting"]
        akka.stdout-loglevel = OFF
        akka.coordinated-shutdown.run-by-clr-shutdown-hook = off
        """;

    /// <summary>A system for one run.</summary>
    public static ActorSystem Start(RunLog log)
    {
        string path = Path.Combine(AppContext.BaseDirectory, "hocon", "pggan.hocon");
        Config config = ConfigurationFactory.ParseString(OfTheHost).WithFallback(ConfigurationFactory.ParseString(File.ReadAllText(path)));
        ILoggerFactory loggers = LoggerFactory.Create(b => b.AddProvider(log).SetMinimumLevel(LogLevel.Warning));
        return ActorSystem.Create("pggan", ActorSystemSetup.Create(
            BootstrapSetup.Create().WithConfig(config), new LoggerFactorySetup(loggers)));
    }
}
