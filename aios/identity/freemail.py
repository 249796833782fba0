"""Mail providers whose domain says nothing about who somebody works for."""

_NAMES = """
126.com 163.com aol.com arcor.de att.net bluemail.ch bluewin.ch btinternet.com comcast.net duck.com email.cz
fastmail.com fastmail.fm free.fr freenet.de gmail.com gmx.at gmx.ch gmx.com gmx.de gmx.net googlemail.com hey.com
hotmail.co.uk hotmail.com hotmail.de hotmail.fr hotmail.se icloud.com laposte.net libero.it live.com live.se mac.com
mail.com mail.de mail.ru mailbox.org me.com msn.com naver.com o2.pl online.no orange.fr outlook.com outlook.de
outlook.fr pm.me posteo.de posteo.net proton.me protonmail.ch protonmail.com qq.com rocketmail.com seznam.cz sfr.fr
sina.com spray.se t-online.de telia.com tuta.com tutanota.com tutanota.de verizon.net wanadoo.fr web.de wp.pl
yahoo.co.uk yahoo.com yahoo.de yahoo.fr yandex.com yandex.ru ymail.com zoho.com
"""

FREE_MAIL = frozenset(_NAMES.split())
"""Domains that make no organisation."""
