namespace Pggan.Actors;

/// <summary>The one answer to a command.</summary>
public abstract record CommandReply;

/// <summary>The command was carried out.</summary>
/// <param name="Message">What it led to, for a person, where there is more to say than yes.</param>
public sealed record CommandAccepted(string? Message = null) : CommandReply;

/// <summary>The command was not carried out and nothing has changed.</summary>
/// <param name="Reason">For a person.</param>
public sealed record CommandRejected(string Reason) : CommandReply;
